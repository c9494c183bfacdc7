target_sources(kolega PRIVATE
  net/asio_impl.cpp
  net/ca_bundle.cpp
  net/ca_roots.cpp
  net/connection.cpp
  net/dial.cpp
  net/http_client.cpp
  net/http_message.cpp
  net/inflate.cpp
  net/proxy.cpp
  net/resolver.cpp
  net/retry.cpp
  net/retry_policy.cpp
  net/server.cpp
  net/tls.cpp
  net/transport.cpp
  net/url.cpp
)
