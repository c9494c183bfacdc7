#include "cli/shard.hpp"

#include <array>

#include "base/error.hpp"
#include "base/text.hpp"

namespace kolega::cli {

namespace {

constexpr long long most_shards = 100'000;

struct Counter {
  std::string_view index{};
  std::string_view total{};
};
constexpr std::array<Counter, 2> counters{{{"CI_NODE_INDEX", "CI_NODE_TOTAL"},
                                           {"SYSTEM_JOBPOSITIONINPHASE", "SYSTEM_TOTALJOBSINPHASE"}}};

fleet::Shard make(std::string_view index, std::string_view total, const std::string& what) {
  const auto number = parse_decimal(index);
  const auto of = parse_decimal(total);
  if (!number || !of || *number < 1 || *number > *of || *of > most_shards) {
    throw Error(ErrorKind::usage,
                what + ": '" + printable(index, 20) + "/" + printable(total, 20) + "' is no shard I of N",
                "for example --shard 1/4: shards count from 1 to N");
  }
  return {static_cast<std::uint32_t>(*number), static_cast<std::uint32_t>(*of)};
}

fleet::Shard by_ci(const sys::Environment& environment) {
  for (const auto& counter : counters) {
    const auto index = environment.find(std::string(counter.index));
    const auto total = environment.find(std::string(counter.total));
    if (index && total) return make(*index, *total, "--shard auto: " + std::string(counter.index));
  }
  throw Error(ErrorKind::usage, "--shard auto: no CI counts parallel jobs here",
              "set `parallel: N` in GitLab or in an Azure strategy; elsewhere give --shard I/N");
}

}  // namespace

std::vector<Option> shard_options() {
  return {{.names = "--shard",
           .value = "I/N",
           .help = "do part I of N alone, for jobs side by side: join them with `fleet merge`; auto: as GitLab or Azure "
                   "Pipelines counts its parallel jobs"}};
}

std::optional<fleet::Shard> resolve_shard(const Arguments& arguments, const sys::Environment& environment) {
  const auto text = arguments.find("shard");
  if (!text) return std::nullopt;
  if (*text == "auto") return by_ci(environment);
  const auto slash = text->find('/');
  if (slash == std::string::npos) return make(*text, "", "--shard");
  return make(text->substr(0, slash), text->substr(slash + 1), "--shard");
}

}  // namespace kolega::cli
