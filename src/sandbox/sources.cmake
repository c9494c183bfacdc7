target_sources(kolega PRIVATE
)
