// The reports of one run: opened before anything is asked, written from the decision record, put in place
// together.
#pragma once

#include <iosfwd>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "cli/options.hpp"
#include "cli/printer.hpp"
#include "cli/signing.hpp"
#include "sys/files.hpp"

namespace kolega::cli {

class Reports {
 public:
  /// Throws Error(output) for a target that cannot be written. Whatever ends the run before the reports are in
  /// place, those of an earlier run go, unless they are among the `inputs` of this one.
  Reports(std::vector<Output> outputs, report::SarifProfile profile, std::vector<std::string> inputs = {});

  /// The signed decision is put in place with the reports. Throws as the constructor.
  void sign(Signing signing);
  /// Why there is no signed decision although one was asked for; known once everything is written.
  const std::optional<Error>& unsigned_because() const noexcept { return unsigned_because_; }

  /// Why reports are not where they were to be, after write(): then those of an earlier run are gone as well.
  const std::optional<Error>& lost_because() const noexcept { return lost_because_; }

  /// True when a report of this format was asked for.
  bool wants(std::string_view format) const;
  /// True when something that is written tells the digests of the files that were read: a report, the signed decision.
  bool tell_digests() const;
  bool is_on_stdout(std::string_view format) const { return to_stdout_ && to_stdout_->name == format; }
  /// The first file of this format, as it was named.
  std::optional<std::string> path_of(std::string_view format) const;
  /// Only the files, all together. May be called again: then each is replaced whole. Losses as in write().
  void write_files(const gate::DecisionRecord& record);
  /// Files first, all together; then standard output; then the summary for people on standard error. What cannot be
  /// written is lost_because(); Error(output) where the verdict would be exit code 0.
  void write(const gate::DecisionRecord& record, const sys::Streams& streams, Printer& printer);

 private:
  struct File {
    const report::Format* format{};
    std::string path{};
    std::ostream* stream{};
  };
  void begin_set();
  void expect(const std::string& path);
  template <class Write>
  void keep_loss(const gate::DecisionRecord& record, const Write& write);
  void put_files(const gate::DecisionRecord& record);
  void write_attestation(const gate::DecisionRecord& record);

  std::vector<std::string> inputs_;
  report::ReportOptions options_;
  std::optional<sys::OutputSet> set_;  ///< nothing once it is committed
  std::vector<File> files_;
  const report::Format* to_stdout_{};
  bool table_asked_{};
  std::optional<Signing> signing_{};
  std::ostream* attestation_{};
  std::optional<Error> unsigned_because_{};
  std::optional<Error> lost_because_{};
};

}  // namespace kolega::cli
