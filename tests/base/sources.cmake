target_sources(unit_tests PRIVATE
  base/clean_run_test.cpp
  base/digest_test.cpp
  base/error_test.cpp
  base/glob_reach_test.cpp
  base/glob_test.cpp
  base/json_test.cpp
  base/json_writer_test.cpp
  base/log_text_test.cpp
  base/path_test.cpp
  base/quick_hash_test.cpp
  base/shell_word_test.cpp
  base/text_test.cpp
  base/time_test.cpp
  base/toml_test.cpp
  base/yaml_test.cpp
  base/signature_test.cpp
)
