target_sources(kolega PRIVATE
  model/change_set.cpp
  model/finding_set.cpp
  model/text_pool.cpp
)
