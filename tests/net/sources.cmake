target_sources(unit_tests PRIVATE
  net/ca_bundle_test.cpp
  net/http_client_test.cpp
  net/proxied_client_test.cpp
  net/proxy_test.cpp
  net/resolver_test.cpp
  net/retry_test.cpp
  net/server_test.cpp
  net/tls_test.cpp
  net/url_test.cpp
)
