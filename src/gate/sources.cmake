target_sources(kolega PRIVATE
  gate/attestation.cpp
  gate/baseline_file.cpp
  gate/evaluate.cpp
  gate/explain.cpp
  gate/facts.cpp
  gate/grade.cpp
  gate/inputs.cpp
  gate/normalise.cpp
  gate/phrases.cpp
  gate/record.cpp
  gate/record_reader.cpp
  gate/record_writer.cpp
  gate/remedy.cpp
  gate/replay.cpp
  gate/units.cpp
  gate/waivers.cpp
)
