target_sources(e2e_tests PRIVATE
)
