#include "model/text_pool.hpp"

#include <doctest/doctest.h>
#include <malloc.h>

#include <memory>

#include <random>

using namespace kolega;

TEST_CASE("texts keep their bytes while the pool grows") {
  TextPool pool;
  std::mt19937 random(3);
  std::vector<std::pair<Text, std::string>> kept;
  for (int i = 0; i < 5000; ++i) {
    std::string text(std::uniform_int_distribution<std::size_t>(0, 2000)(random), static_cast<char>(i));
    kept.emplace_back(pool.add(text), text);
  }
  for (const auto& [text, bytes] : kept) REQUIRE(text.view() == bytes);
  CHECK(pool.bytes() > 4'000'000);
}

TEST_CASE("a text larger than any block has a place of its own") {
  TextPool pool;
  const auto before = pool.add("before");
  const std::string large(5'000'000, 'x');
  const auto text = pool.add(large);
  const auto after = pool.add("after");
  CHECK(text.view() == large);
  CHECK(before.view() == "before");
  CHECK(after.view() == "after");
}

TEST_CASE("the empty text takes no room and equals itself") {
  TextPool pool;
  CHECK(pool.add("").empty());
  CHECK(pool.intern("").empty());
  CHECK(pool.bytes() == 0);
  CHECK(Text{} == pool.add(""));
  CHECK(Text{} < pool.add("a"));
}

TEST_CASE("texts may hold any byte") {
  TextPool pool;
  const std::string bytes("a\0b\xFF", 4);
  CHECK(pool.add(bytes).view() == bytes);
  CHECK(pool.intern(bytes).view() == bytes);
}

TEST_CASE("interned texts are one place, added ones are not") {
  TextPool pool;
  const auto first = pool.intern("CWE-79");
  for (int i = 0; i < 1000; ++i) pool.intern("other " + std::to_string(i));
  CHECK(pool.intern("CWE-79").view().data() == first.view().data());
  CHECK(pool.add("CWE-79").view().data() != first.view().data());
  CHECK(pool.add("CWE-79") == first);
}

TEST_CASE("a text that was recalled of late is not kept again, and none is mistaken for another") {
  TextPool pool;
  const auto first = pool.recall("a message");
  CHECK(pool.recall("a message").place() == first.place());
  CHECK(pool.recall("").empty());
  for (int round = 0; round < 2; ++round) {
    for (int i = 0; i < 50'000; ++i) {
      const auto text = "message " + std::to_string(i);
      REQUIRE(pool.recall(text).view() == text);
    }
  }
  CHECK(pool.recall("a message") == first);
  // What is recalled is no interned text: that has one place for ever.
  const auto name = pool.intern("name");
  pool.recall("name");
  for (int i = 0; i < 50'000; ++i) pool.intern("other " + std::to_string(i));
  CHECK(pool.intern("name").place() == name.place());
}

TEST_CASE("messages that repeat take the room of one") {
  TextPool pool;
  const std::string message(500, 'm');
  for (int i = 0; i < 10'000; ++i) pool.recall(message + std::to_string(i % 100));
  CHECK(pool.bytes() < 500'000);
}

// A server of scans keeps one for each batch.
TEST_CASE("a pool of few texts is small") {
  const auto in_use = [] {
    const auto facts = ::mallinfo2();
    return facts.uordblks + facts.hblkhd;
  };
  constexpr std::size_t count = 100;
  std::vector<std::unique_ptr<TextPool>> pools(count);
  const auto before = in_use();
  for (auto& pool : pools) {
    pool = std::make_unique<TextPool>();
    for (int i = 0; i < 10; ++i) {
      pool->recall("a message " + std::to_string(i));
      pool->intern("a name " + std::to_string(i));
    }
  }
  CHECK(in_use() - before < count * 24 * 1024);
}

TEST_CASE("what was recalled is found again while the pool grows") {
  TextPool pool;
  std::vector<Text> kept;
  const auto text_of = [](std::size_t i) { return std::string(i % 2 == 0 ? 10 : 200, 'x') + std::to_string(i); };
  for (std::size_t i = 0; i < 2000; ++i) {
    kept.push_back(pool.recall(text_of(i)));
    for (const auto back : {std::size_t{1}, std::size_t{2}}) {
      if (i < back) continue;
      CAPTURE(i);
      CHECK(pool.recall(text_of(i - back)).place() == kept[i - back].place());
    }
  }
}

TEST_CASE("lists are interned by content and order") {
  TextPool pool;
  const std::vector<std::string_view> ab{"a", "b"};
  const std::vector<std::string_view> ba{"b", "a"};
  const auto first = pool.intern_list(ab);
  CHECK(pool.intern_list(ab).data() == first.data());
  CHECK(pool.intern_list(ba).data() != first.data());
  CHECK(pool.add_list(ab).data() != first.data());
  CHECK(pool.intern_list(std::vector<std::string_view>{}).empty());
  const std::vector<Text> interned{pool.intern("a"), pool.intern("b")};
  CHECK(pool.intern_list(interned).data() == first.data());
  REQUIRE(first.size() == 2);
  CHECK(first[1].view() == "b");
  // "ab" in one and in two texts are different lists.
  const std::vector<std::string_view> joined{"ab"};
  CHECK(pool.intern_list(joined).size() == 1);
}

TEST_CASE("stored values are aligned wherever the last text ended") {
  struct Value {
    double number{};
    std::int64_t integer{};
  };
  TextPool pool;
  for (int i = 0; i < 100; ++i) {
    pool.add(std::string(static_cast<std::size_t>(i), 'x'));
    const auto* value = pool.store(Value{1.5 * i, i});
    CHECK(reinterpret_cast<std::uintptr_t>(value) % alignof(Value) == 0);
    CHECK(value->integer == i);
  }
}

TEST_CASE("a fingerprint gives its text back, whatever it is") {
  TextPool pool;
  const std::string digest(64, 'a');
  for (const std::string& text :
       {std::string{}, std::string("f"), std::string("0"), std::string("ab"), std::string("abc"), std::string("ABCDEF"),
        std::string("aB"), std::string("ec15926452585fb0f64c4b89b2303693a78314070b7ae452808885cc6cfbe3dd"), digest + "_0",
        digest + digest, std::string(509, 'b'), std::string(510, 'c'), std::string(511, 'd'), std::string(5000, 'e'),
        std::string(300, 'x'), std::string("ab\0cd\xFF", 6), std::string("\0", 1), std::string("a\u00e9")}) {
    CAPTURE(text);
    const auto kept = pool.add_fingerprint(text);
    CHECK(kept.str() == text);
    CHECK(kept.empty() == text.empty());
    CHECK(kept == std::string_view(text));
    CHECK(kept == pool.add_fingerprint(text));
    CHECK(kept.hash() == pool.add_fingerprint(text).hash());
    CHECK_FALSE(kept == pool.add_fingerprint(text + "0"));
    std::string scratch = "old";
    CHECK(kept.text(scratch) == text);
  }
}

TEST_CASE("a fingerprint of so many digits and nothing else is told from all others") {
  TextPool pool;
  const std::string digest(64, 'a');
  CHECK(pool.add_fingerprint(digest).is_hex(64));
  for (const std::string& other : {digest.substr(1), digest + "a", digest + "aa", std::string(64, 'A'), std::string(64, 'g'),
                                   digest.substr(2) + "-x", "\"" + digest.substr(1), std::string{}}) {
    CHECK_FALSE(pool.add_fingerprint(other).is_hex(64));
  }
  CHECK_FALSE(Fingerprint().is_hex(64));
  CHECK_FALSE(pool.add_fingerprint(digest).is_hex(62));
}

TEST_CASE("fingerprints are in the order of their texts") {
  TextPool pool;
  std::mt19937 random(5);
  std::vector<std::pair<Fingerprint, std::string>> kept;
  const std::string_view letters = "09afAFgz:_";
  for (int i = 0; i < 400; ++i) {
    std::string text;
    const auto size = std::uniform_int_distribution<int>(0, 6)(random);
    for (int j = 0; j < size; ++j) text += letters[std::uniform_int_distribution<std::size_t>(0, letters.size() - 1)(random)];
    if (i % 20 == 0) text.insert(0, 508, 'a');
    kept.emplace_back(pool.add_fingerprint(text), text);
  }
  for (const auto& [a, x] : kept) {
    for (const auto& [b, y] : kept) {
      REQUIRE(((a <=> b) == (x <=> y)));
      REQUIRE((a == b) == (x == y));
    }
  }
}

TEST_CASE("a digest takes half of its text, a short text one byte more than its own") {
  TextPool pool;
  const auto begin = pool.add("12345");
  CHECK(static_cast<const char*>(pool.add("6789").place()) - static_cast<const char*>(begin.place()) == 6);
  const auto before = pool.add("x");
  pool.add_fingerprint(std::string(64, 'a'));
  const auto after = pool.add("y");
  CHECK(static_cast<const char*>(after.place()) - static_cast<const char*>(before.place()) == 2 + 1 + 32 + 1);
}

TEST_CASE("a text of 254, 255 and 256 bytes") {
  TextPool pool;
  for (const std::size_t size : {253U, 254U, 255U, 256U, 70'000U}) {
    const std::string text(size, 'x');
    CHECK(pool.add(text).view() == text);
    CHECK(pool.add("next").view() == "next");
  }
}
