// CWE and OWASP names out of the tags of many scanners.
#include <algorithm>

#include "base/text.hpp"
#include "ingest/sarif.hpp"

namespace kolega::ingest {

namespace {

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

std::string_view digits_at(std::string_view text) {
  return text.substr(0, std::min(text.find_first_not_of("0123456789"), text.size()));
}

void add_unique(std::vector<std::string>& list, std::string word) {
  if (std::find(list.begin(), list.end(), word) == list.end()) list.push_back(std::move(word));
}

/// "079" -> "CWE-79"; more than six digits are no CWE.
void add_number(std::string_view digits, std::vector<std::string>& cwe) {
  if (digits.empty() || digits.size() > 6) return;
  if (const auto number = parse_decimal(digits); *number > 0)
    add_unique(cwe, "CWE-" + std::to_string(*number));
}

/// The category in "OWASP-A03:2021 - Injection", "owasp-a1", "OWASP Top 10 2017 A1:2017": "A03:2021", "A1".
std::optional<std::string> find_owasp_category(std::string_view text) {
  for (std::size_t i = 0; i < text.size(); ++i) {
    const bool starts_word = i == 0 || !((text[i - 1] >= 'a' && text[i - 1] <= 'z') || is_digit(text[i - 1]));
    if (text[i] != 'a' || !starts_word) continue;
    const auto digits = digits_at(text.substr(i + 1));
    if (digits.empty() || digits.size() > 2) continue;
    std::string category = "A" + std::string(digits);
    const auto rest = text.substr(i + 1 + digits.size());
    if (rest.starts_with(':') || rest.starts_with('-') || rest.starts_with('_')) {
      if (const auto year = digits_at(rest.substr(1)); year.size() == 4) category += ":" + std::string(year);
    }
    return category;
  }
  return std::nullopt;
}

}  // namespace

void add_tag(std::string_view tag, std::vector<std::string>& cwe, std::vector<std::string>& owasp) {
  const auto text = to_lower_ascii(tag);
  for (auto at = text.find("cwe"); at != std::string::npos; at = text.find("cwe", at + 3)) {
    auto rest = std::string_view(text).substr(at + 3);
    rest.remove_prefix(std::min(rest.find_first_not_of("-:_ "), rest.size()));
    add_number(digits_at(rest), cwe);
  }
  if (text.find("owasp") == std::string::npos) return;
  if (auto category = find_owasp_category(text)) add_unique(owasp, std::move(*category));
}

void add_cwe(std::string_view text, std::vector<std::string>& cwe) {
  text = trim(text);
  if (!text.empty() && is_digit(text[0])) {
    add_number(digits_at(text), cwe);
    return;
  }
  std::vector<std::string> ignored;
  add_tag(text, cwe, ignored);
}

}  // namespace kolega::ingest
