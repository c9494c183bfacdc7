target_sources(kolega PRIVATE
  forge/azure.cpp
  forge/comment.cpp
  forge/forge_client.cpp
  forge/github.cpp
  forge/gitlab.cpp
  forge/place.cpp
)
