target_sources(kolega PRIVATE
  base/digest.cpp
  base/error.cpp
  base/json.cpp
  base/json_writer.cpp
  base/text.cpp
  base/time.cpp
  base/version.cpp
)
