target_sources(kolega PRIVATE
  sys/append_lines.cpp
  sys/earlier_files.cpp
  sys/files.cpp
  sys/git.cpp
  sys/git_command.cpp
  sys/git_diff.cpp
  sys/journal.cpp
  sys/output_set.cpp
  sys/process.cpp
  sys/secrecy.cpp
  sys/signals.cpp
  sys/source_tree.cpp
  sys/standard_streams.cpp
  sys/system.cpp
)
