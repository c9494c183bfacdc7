target_sources(kolega PRIVATE
  sys/files.cpp
  sys/git.cpp
  sys/output_set.cpp
  sys/process.cpp
  sys/signals.cpp
  sys/system.cpp
)
