# SPDX-License-Identifier: GPL-3.0-or-later
"""Makes ha2g_engine/gestures/lexicon.toml: words that mean what a gesture means, by WordNet 3.0.

    apt-get download wordnet-base; dpkg -x wordnet-base_*.deb wn
    python tests/surveys/lexicon.py wn/usr/share/wordnet

SEEDS are ours: senses that have the meaning. WordNet adds their synonyms, what is similar and
what is a kind of them, where that sense is at least half of what the word is used for in its
counts, and the forms in which words are inflected.
"""

from __future__ import annotations

import re
import sys
from collections import defaultdict
from pathlib import Path

TABLE = Path(__file__).parents[2] / "ha2g_engine/gestures/lexicon.toml"
HAND = TABLE.with_name("meanings.toml")
FILES = {"n": "noun", "v": "verb", "a": "adj", "r": "adv"}
TYPES = {"1": "n", "2": "v", "3": "a", "4": "r", "5": "a"}
USUAL = 0.5  # of a word's uses are in the sense
SURE = 0.6  # of a word that has no other sense
LONGEST = 3  # words of a phrase
SEEDS = {  # meaning → sense (word, part of speech, number), "+" with its kinds
    "refusing": "refuse.v.1 reject.v.1 deny.v.1 refusal.n.1 disagree.v.1 forbid.v.1",
    "assumption": "assume.v.1 suppose.v.1 presume.v.1 assumption.n.1 apparently.r.1",
    "connecting": "connect.v.1+ connection.n.1 link.v.1 relation.n.1 relationship.n.1",
    "finished": "finish.v.1 complete.v.1 finally.r.1 end.v.1",
    "attention": "attention.n.1 listen.v.1 beware.v.1",
    "far": "far.r.1 distant.a.1 remote.a.1 far.a.1",
    "ahead": "ahead.r.1 forward.r.1 advance.v.1",
    "example": "example.n.1 instance.n.1",
    "attraction": "attract.v.1 attraction.n.1 pull.v.1",
    "container": "container.n.1 box.n.1 basket.n.1 bowl.n.3 bag.n.1",
    "possible": "possible.a.1 possibility.n.1",
    "full": "full.a.1 fill.v.1",
    "inside": "inside.r.1 inner.a.1 contain.v.1 include.v.1 interior.a.1",
    "interval": "interval.n.1 gap.n.1 distance.n.1",
    "repeating": "repeat.v.1 repetition.n.1 repeatedly.r.1",
    "outside": "outside.r.1 outer.a.1 exterior.a.1",
    "surface": "surface.n.1 flat.a.1",
    "suggesting": "suggest.v.1 propose.v.1 suggestion.n.1 recommend.v.1",
    "receiving": "receive.v.1 accept.v.1",
    "going on": "continue.v.1 proceed.v.1 continuous.a.1",
    "good": "good.a.1+ excellent.a.1 wonderful.a.1 superb.a.1",
    "strong": "strong.a.1 strength.n.1 power.n.1 powerful.a.1 mighty.a.1",
    "near": "near.r.1 near.a.1 nearby.a.1",
    "agreeing": "agree.v.1 agreement.n.1 yes.n.1 indeed.r.1",
    "thanking": "thank.v.1 thanks.n.1",
    "empty": "empty.a.1 empty.v.1 vacant.a.1",
    "dismissing": "dismiss.v.1 ignore.v.1 nonsense.n.1",
    "warning": "warn.v.1 warning.n.1 danger.n.1 dangerous.a.1",
    "certain": "certain.a.2 certainly.r.1 definitely.r.1 sure.a.1",
    "calming": "calm.v.1 relax.v.1 calm.a.1 quiet.a.1",
    "idea": "idea.n.1 concept.n.1",
    "separating": "separate.v.1 divide.v.1 split.v.1 separate.a.1",
    "high": "high.a.1+ tall.a.1 height.n.1",
    "low": "low.a.1",
    "less": "reduce.v.1 diminish.v.1 lessen.v.1",
    "exactly": "precisely.r.1 exactly.r.1 exact.a.1 precise.a.1",
    "alternative": "alternative.n.1 alternatively.r.1",
    "listing": "furthermore.r.1 moreover.r.1 additionally.r.1",
    "asking": "ask.v.1 inquire.v.1",
    "explaining": "explain.v.1 explanation.n.1 describe.v.1",
    "insisting": "insist.v.1 emphasize.v.1",
    "flying": "fly.v.1 bird.n.1 airplane.n.1",
    "catching": "catch.v.1 grab.v.1 capture.v.1",
    "scattering": "scatter.v.1 disperse.v.1 spread.v.1",
    "surrounding": "surround.v.1",
    "drawing": "draw.v.6 paint.v.1 write.v.1",
    "face": "face.n.1",
    "square": "square.n.1",
    "center": "center.n.1",
    "baby": "baby.n.1 cradle.n.1",
    "big": "large.a.1+ enormous.a.1 huge.a.1 colossal.a.1 gigantic.a.1",
    "small": "small.a.1+ tiny.a.1 bantam.a.1",
    "up": "rise.v.1+ ascend.v.1 climb.v.1 upward.r.1 lift.v.1",
    "down": "descend.v.1 fall.v.1+ sink.v.1 downward.r.1",
    "stop": "stop.v.1 cease.v.1 halt.v.1 quit.v.1",
    "greeting": "greet.v.1 welcome.v.1 greeting.n.1",
    "offering": "offer.v.1 give.v.3 present.v.1 donate.v.1",
    "together": "unite.v.1 join.v.1 together.r.1 cooperate.v.1",
    "more": "increase.v.1 grow.v.1 additional.a.1",
    "obligation": "obligation.n.1 require.v.1 duty.n.1",
    "maybe": "maybe.r.1 perhaps.r.1",
    "contrast": "however.r.1 nevertheless.r.1",
    "all": "entire.a.1 complete.a.1",
    "whole": "whole.a.1 wholly.r.1",
    "behind": "behind.r.1 back.r.1",
    "time": "hour.n.1 minute.n.1 clock.n.1 century.n.1",
    "now": "now.r.1 immediately.r.1 currently.r.1",
    "everybody": "public.n.1 mankind.n.1",
    "indifference": "indifference.n.1 indifferent.a.1",
}  # fmt: skip


class WordNet:
    """The lists in a folder of WordNet's database."""

    def __init__(self, folder: Path) -> None:
        self.senses: dict[tuple[str, str], list[str]] = {}  # word, part → synsets, usual first
        self.synsets: dict[tuple[str, str], tuple[list[str], list[tuple[str, str, str]]]] = {}
        for part, name in FILES.items():
            for line in (folder / f"index.{name}").read_text("utf-8").splitlines():
                if not line.startswith(" "):
                    fields = line.split()
                    self.senses[fields[0], part] = fields[-int(fields[2]) :]
            for line in (folder / f"data.{name}").read_text("utf-8").splitlines():
                if not line.startswith(" "):
                    self._read(line.split("|")[0].split(), part)
        self.counts: dict[tuple[str, str, int], int] = defaultdict(int)
        for line in (folder / "cntlist.rev").read_text("utf-8").splitlines():
            key, number, count = line.split()
            word, rest = key.split("%")
            self.counts[word, TYPES[rest[0]], int(number)] += int(count)
        self.irregular = defaultdict(list)
        for line in (folder / "verb.exc").read_text("utf-8").splitlines():
            form, *words = line.split()
            for word in words:
                self.irregular[word].append(form)

    def _read(self, fields: list[str], part: str) -> None:
        count = int(fields[3], 16)
        words = [re.sub(r"\(.*", "", one).lower() for one in fields[4 : 4 + 2 * count : 2]]
        at = 5 + 2 * count
        links = [tuple(fields[at + 4 * i : at + 4 * i + 3]) for i in range(int(fields[at - 1]))]
        self.synsets[fields[0], part] = words, links

    def meant(self, seed: str) -> set[tuple[str, str]]:
        """The synsets of a SEED and what is similar; with "+" their kinds."""
        word, part, number = seed.rstrip("+").split(".")
        first = self.senses[word, part][int(number) - 1], part
        kept = "&~" if seed.endswith("+") else "&" if len(self.synsets[first][1]) < 9 else ""
        near = {
            (to, part) for kind, to, of in self.synsets[first][1] if kind in kept and of == part
        }
        return {first, *near}

    def share(self, word: str, meant: set[tuple[str, str]]) -> float:
        """Which share of the uses of WORD is in the synsets MEANT, 0 to 1."""
        uses = {
            (synset, part): self.counts[word, part, number] + 0.5
            for part in FILES
            for number, synset in enumerate(self.senses.get((word, part), ()), 1)
        }
        return sum(uses.get(one, 0.0) for one in meant) / sum(uses.values())


def forms(words: WordNet, word: str, part: str) -> set[str]:
    """A WORD as it is inflected."""
    if part == "n" and word.endswith("s"):
        return {word}
    if part == "n":
        return {word, f"{word[:-1]}ies" if re.search("[^aeiou]y$", word) else _plural(word)}
    if part != "v" or " " in word:
        return {word}
    stem = word[:-1] if word.endswith("e") and not word.endswith("ee") else word
    if re.search("^[^aeiou]*[aeiou][bdgklmnprt]$", word):
        stem += word[-1]
    past = f"{word[:-1]}ied" if re.search("[^aeiou]y$", word) else f"{stem.removesuffix('e')}ed"
    third = f"{word[:-1]}ies" if re.search("[^aeiou]y$", word) else _plural(word)
    return {word, third, f"{stem}ing", *(words.irregular.get(word) or [past])}


def _plural(word: str) -> str:
    return f"{word}es" if re.search("(s|x|z|ch|sh|o)$", word) else f"{word}s"


def table(words: WordNet) -> dict[str, dict[str, float]]:
    """Meaning → words with how sure it is; of two meanings a word has the likelier."""
    best: dict[str, tuple[float, str]] = {}
    for meaning, seeds in SEEDS.items():
        meant = set().union(*(words.meant(seed) for seed in seeds.split()))
        for synset, part in sorted(meant):
            for lemma in words.synsets[synset, part][0]:
                share = words.share(lemma, meant)
                plain = lemma.replace("_", " ").replace("-", "")
                if share < USUAL or plain.count(" ") >= LONGEST or re.search(r"[^a-z' ]", plain):
                    continue
                for form in forms(words, plain, part):
                    best[form] = max(best.get(form, (0.0, "")), (round(SURE * share, 2), meaning))
    found: dict[str, dict[str, float]] = defaultdict(dict)
    for form, (sure, meaning) in sorted(best.items()):
        found[meaning][form] = sure
    return found


def main() -> None:
    """Write the table."""
    import tomllib

    lines = [line for line in TABLE.read_text("utf-8").splitlines() if line.startswith("#")]
    own = tomllib.loads(HAND.read_text("utf-8"))
    known = {phrase for phrases in own.values() if isinstance(phrases, list) for phrase in phrases}
    for meaning, found in table(WordNet(Path(sys.argv[1]))).items():
        rows = [f'"{form}" = {sure}' for form, sure in found.items() if form not in known]
        lines += ["", f'["{meaning}"]', *rows] if rows else []
    TABLE.write_text("\n".join(lines) + "\n", "utf-8")


if __name__ == "__main__":
    main()
