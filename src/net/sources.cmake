target_sources(kolega PRIVATE
  net/asio_impl.cpp
  net/proxy.cpp
  net/retry.cpp
  net/retry_policy.cpp
  net/server.cpp
  net/transport.cpp
  net/url.cpp
)
