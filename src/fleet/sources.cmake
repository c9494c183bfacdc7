target_sources(kolega PRIVATE
  fleet/output_folder.cpp
  fleet/result.cpp
)
