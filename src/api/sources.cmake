target_sources(kolega PRIVATE
  api/client.cpp
  api/http_error.cpp
  api/pages.cpp
  api/wire.cpp
)
