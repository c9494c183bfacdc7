target_sources(kolega PRIVATE
  model/text_pool.cpp
)
