target_sources(kolega PRIVATE
  base/base64.cpp
  base/digest.cpp
  base/error.cpp
  base/glob.cpp
  base/json.cpp
  base/json_writer.cpp
  base/log_text.cpp
  base/signature.cpp
  base/path.cpp
  base/text.cpp
  base/time.cpp
  base/toml.cpp
  base/version.cpp
  base/yaml.cpp
  base/yaml_text.cpp
  base/yaml_write.cpp
)
