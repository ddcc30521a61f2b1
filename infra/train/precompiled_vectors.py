"""Reference vectors for tokens of the SentencePiece family, with a table of replacements, and for the ways to cut a text.

Run: python infra/train/precompiled_vectors.py test/fixtures/tokenizers
in an environment with tokenizers==0.23.3 and sentencepiece==0.2.3, which makes the tables. Writes what
tokenizer_vectors.py writes, of other tokenizers.
"""

from __future__ import annotations

import io
import json
import random
import sys
import tempfile
import unicodedata
from pathlib import Path

import sentencepiece
import tokenizers
from sentencepiece import sentencepiece_model_pb2
from tokenizers import AddedToken, Regex, Tokenizer, models, normalizers, pre_tokenizers, processors, trainers

from tokenizer_vectors import LONG, TEXTS, TRAINING, truncated

# Where compatibility forms are common in text; the whole table of Unicode would be twenty times as large.
RANGES = [(0xA0, 0x180), (0x2000, 0x2070), (0x2100, 0x2150), (0xFB00, 0xFB07), (0xFF01, 0xFF5F), (0x1E00, 0x1E40)]
BLANKS = [0x09, 0x0A, 0x0C, 0x0D, 0x85, 0x200B, 0x200E, 0x2028, 0x2029, 0x3000, 0xFEFF]
DROPPED = [*range(0x01, 0x09), 0x0B, *range(0x0E, 0x20), 0x7F]
POOLS = [
    "abcdefghijklmnopqrstuvwxyz",
    " .,;:-/()%",
    "áéíóúñüçøåßÆœŁ",
    "\u0301\u0308\u0323\u0327\u20e3\ufe0f\u200d",
    "\ufb00\ufb01\ufb02\ufb05\ufb06",
    "ＡＢＣａｂｃ０１２％",
    "\t\r\n\u00a0\u2009\u3000\u2028\u0085\u200b\ufeff\u00ad",
    "\x01\x02\x1f\x7f",
    "كحةوحمىלשوم\u0600",
    "अआकखित\u094d\u0e40\u0e01\u0e33",
    "가각힣\u1100\u1161\u11a8",
    "\U0001f600\U0001f468\U0001f1e9\U0001f1ea\u2123\u2460",
]


def rules():
    """Pairs of code points before and after, as a table of sentencepiece has them."""
    found = {(code,): (0x20,) for code in BLANKS} | {(code,): () for code in DROPPED}
    for start, end in RANGES:
        for code in range(start, end):
            char = chr(code)
            whole = tuple(map(ord, unicodedata.normalize("NFKC", char)))
            parts = tuple(map(ord, unicodedata.normalize("NFD", char)))
            if whole != (code,):
                found.setdefault((code,), whole)
            if len(parts) > 1:
                found[parts] = whole
    return found


def sentencepiece_model(byte_fallback):
    """What sentencepiece learns from the sentences, and the table that it makes of the rules."""
    spelled = [
        " ".join(f"{code:X}" for code in before) + "\t" + " ".join(f"{code:X}" for code in after)
        for before, after in sorted(rules().items())
    ]
    learned = io.BytesIO()
    with tempfile.NamedTemporaryFile("w", suffix=".tsv") as table:
        table.write("\n".join(spelled) + "\n")
        table.flush()
        sentencepiece.SentencePieceTrainer.train(
            sentence_iterator=iter(TRAINING * 2),
            model_writer=learned,
            vocab_size=620 if byte_fallback else 360,
            byte_fallback=byte_fallback,
            hard_vocab_limit=False,
            normalization_rule_tsv=table.name,
            minloglevel=2,
        )
    model = sentencepiece_model_pb2.ModelProto()
    model.ParseFromString(learned.getvalue())
    pieces = [(piece.piece, round(piece.score, 4)) for piece in model.pieces]
    unigram = models.Unigram(pieces, model.trainer_spec.unk_id, byte_fallback)
    return unigram, normalizers.Precompiled(model.normalizer_spec.precompiled_charsmap)


def precompiled_unigram():
    """As T5 and XLM-R have it."""
    model, table = sentencepiece_model(byte_fallback=False)
    tokenizer = Tokenizer(model)
    tokenizer.normalizer = normalizers.Sequence([table, normalizers.Replace(Regex(" {2,}"), " ")])
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence([pre_tokenizers.WhitespaceSplit(), pre_tokenizers.Metaspace()])
    tokenizer.add_special_tokens(["<s>", "</s>", AddedToken("<mask>", lstrip=True, normalized=False)])
    tokenizer.post_processor = processors.TemplateProcessing(single="$A </s>", special_tokens=[("</s>", 2)])
    return tokenizer


def precompiled_bytes():
    """As DeBERTa has it, and with the mark only where the text begins."""
    model, table = sentencepiece_model(byte_fallback=True)
    tokenizer = Tokenizer(model)
    tokenizer.normalizer = normalizers.Sequence([normalizers.Strip(), table, normalizers.Replace(Regex(" {2,}"), " ")])
    tokenizer.pre_tokenizer = pre_tokenizers.Metaspace(prepend_scheme="first")
    tokenizer.add_special_tokens(["<s>", "</s>"])
    return tokenizer


def merged_split_bpe():
    """Blanks go with the word after them, and other matches with what is before them."""
    tokenizer = Tokenizer(models.BPE(unk_token="<unk>", fuse_unk=True))
    tokenizer.normalizer = normalizers.Sequence([normalizers.Nmt(), normalizers.Replace(" ", "▁")])
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence(
        [
            pre_tokenizers.Split("▁", "merged_with_next"),
            pre_tokenizers.Split(Regex(r"\d{1,3}|[aeiou]"), "merged_with_previous"),
            pre_tokenizers.CharDelimiterSplit(":"),
        ]
    )
    tokenizer.train_from_iterator(TRAINING, trainers.BpeTrainer(vocab_size=400, special_tokens=["<unk>"]))
    return tokenizer


def contiguous_bpe():
    """As Falcon has it."""
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence(
        [
            pre_tokenizers.Punctuation("contiguous"),
            pre_tokenizers.ByteLevel(add_prefix_space=False),
            pre_tokenizers.Digits(individual_digits=False),
            pre_tokenizers.Split(Regex("[0-9][0-9][0-9]"), "isolated"),
        ]
    )
    alphabet = pre_tokenizers.ByteLevel.alphabet()
    trainer = trainers.BpeTrainer(vocab_size=450, special_tokens=["<|endoftext|>"], initial_alphabet=alphabet)
    tokenizer.train_from_iterator(TRAINING, trainer)
    return tokenizer


def byte_normalizer_bpe():
    """Bytes are chars before the text is cut, a few at a time."""
    tokenizer = Tokenizer(models.BPE())
    tokenizer.normalizer = normalizers.ByteLevel()
    tokenizer.pre_tokenizer = pre_tokenizers.FixedLength(7)
    alphabet = pre_tokenizers.ByteLevel.alphabet()
    tokenizer.train_from_iterator(TRAINING, trainers.BpeTrainer(vocab_size=400, initial_alphabet=alphabet))
    return tokenizer


def random_texts(count):
    """Chars that change each other, side by side."""
    draw = random.Random(5)
    pick = lambda: "".join(draw.choice(draw.choice(POOLS)) for _ in range(draw.randrange(1, 30)))
    return [pick() for _ in range(count)]


def main(folder):
    texts = [*TEXTS[:-1], *random_texts(60), LONG]
    makers = [precompiled_unigram, precompiled_bytes, merged_split_bpe, contiguous_bpe, byte_normalizer_bpe]
    for maker in makers:
        name = maker.__name__.replace("_", "-")
        text = maker().to_str()
        (folder / f"{name}.json").write_text(text + "\n", encoding="utf-8")
        tokenizer = Tokenizer.from_str(text)
        document = {
            "tokenizers": tokenizers.__version__,
            "texts": [{"text": text, "ids": tokenizer.encode(text).ids} for text in texts],
            "truncated": [truncated(tokenizer, length) for length in (3, 4, 17, 100)],
        }
        (folder / f"{name}.expected.json").write_text(json.dumps(document) + "\n", encoding="utf-8")
        print(name, tokenizer.get_vocab_size(), len(text))


if __name__ == "__main__":
    main(Path(sys.argv[1]))
