"""Reference vectors for tokens: small tokenizers of each kind, and what Hugging Face's library makes of difficult texts.

Run: python infra/train/tokenizer_vectors.py test/fixtures/tokenizers
in an environment with tokenizers==0.23.3. Writes <kind>.json, the tokenizer, and <kind>.expected.json beside it.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

import tokenizers
from tokenizers import AddedToken, Regex, Tokenizer, decoders, models, normalizers, pre_tokenizers, processors, trainers

TRAINING = """
The patient is a 57-year-old woman who came by ambulance with chest pain and shortness of breath since the morning.
Temperature 98.6 °F, heart rate 88/min, respiratory rate 18/min, oxygen saturation 97 %, blood pressure 120/80 mmHg.
Triage: acuity 2 on a scale of 1 (most urgent) to 5 (least urgent), pain 4 of 10. Last vital signs were stable.
Chief complaint: cough, fever and chills. Chief complaint: abdominal pain, nausea and vomiting. Dizziness, weakness.
A 72-year-old man walked in with swelling of both legs; he takes a diuretic and has not missed a dose this week.
Examination: chest, portable AP. Indication: fever and cough. Technique: single frontal view. Comparison: none.
Heart size is normal and the lungs are clear. No effusion or pneumothorax is seen. There is no focal consolidation.
The mediastinal contours are unremarkable. A small left pleural effusion has developed; mild vascular congestion.
She doesn't smoke, she's never had surgery, and they've asked for a second opinion: "is it the heart?"
Blood pressure fell to 85/50 mmHg and the heart rate rose to 130/min, so fluids were given at once.
Ein Patient mit Fieber; un paciente con tos y dolor; une patiente âgée, fièvre à 39,5 °C. Naïve façade, Müller, Łódź.
Oxygen saturation was 88 % in room air and 95 % with 2 L/min by nasal cannula after twenty minutes of rest.
""".strip().splitlines()

LONG = " ".join(TRAINING[i % 9] for i in range(40))

TEXTS = [
    "",
    " ",
    "Chest pain.",
    "57-year-old woman, arrived by ambulance.",
    "temperature 98.6 °F, heart rate 88/min, oxygen saturation 97 %, blood pressure 120/80 mmHg",
    "Patient: 57-year-old man.\nChief complaint: SOB, N/V.\n\nTriage: pain 8 of 10\n",
    "FINAL REPORT\n EXAMINATION:  CHEST (PA AND LAT)\n\n INDICATION:  ___F with cough  // r/o pna\n",
    "two  spaces,   three, \t tab,\r\nreturn,\n\n\nlines",
    "   leading and trailing   ",
    "she's they've don't I'm we'll he'd it's O'Brien's '90s",
    "fièvre à 39,5 °C, Müller, Łódź, naïve façade, ÉCOLE",
    "e\u0301cole and cafe\u0301 (decomposed), \ufb01brosis, \u212bngstrom, x\u00b2, \u2163, \u00bd",
    "患者は発熱と咳。胸部X線。",
    "\U00020000\U0002a6d6 rare ideographs",
    "\U0001f600 emoji \U0001f468\u200d\u2695\ufe0f and flags \U0001f1e9\U0001f1ea!",
    "ΟΔΟΣ Σίσυφος İstanbul STRASSE straße",
    "كحة وحمى؛ חום ושיעול; кашель",
    "[CLS] looks special [SEP] and [MASK] and [UNK][PAD]",
    "<s> so does this </s> and </s></s> <unk> <|endoftext|>",
    "a<mask>b and  <mask>  with blanks",
    "bordeline spo2 wordspo2word SPO2 spo2.",
    "!!! ... -- $5.00 ^ ` ~ | < > = + \\ / #tag @user",
    "0 00 000 1234567890 3.14159 1e-9 12:34:56 2026-11-21",
    "pneumonoultramicroscopicsilicovolcanoconiosis",
    "x" * 120,
    "ab" * 300,
    "nbsp\u00a0thin\u2009ideographic\u3000line\u2028para\u2029nel\u0085zwsp\u200bbom\ufeffshy\u00adend",
    "ctrl\u0001\u0002\u001f\u007fend \ufffd replaced",
    "▁already▁marked ▁ Ġ Ċ ##ing <0x41>",
    "q" * 3 + "zzzzqqqjjjxxx ☃ ☂ ∑ ∞",
    LONG,
]


def main(folder):
    folder.mkdir(parents=True, exist_ok=True)
    for name, tokenizer in makers().items():
        text = tokenizer.to_str()
        (folder / f"{name}.json").write_text(text + "\n", encoding="utf-8")
        tokenizer = Tokenizer.from_str(text)
        document = {
            "tokenizers": tokenizers.__version__,
            "texts": [{"text": text, "ids": tokenizer.encode(text).ids} for text in TEXTS],
            "truncated": [truncated(tokenizer, length) for length in (3, 4, 17, 100)],
        }
        (folder / f"{name}.expected.json").write_text(json.dumps(document) + "\n", encoding="utf-8")
        print(name, tokenizer.get_vocab_size(), len(text))


def truncated(tokenizer, length):
    tokenizer.enable_truncation(length)
    ids = tokenizer.encode(LONG).ids
    tokenizer.no_truncation()
    return {"maxTokens": length, "ids": ids}


def train(tokenizer, trainer):
    tokenizer.train_from_iterator(TRAINING, trainer)
    return tokenizer


def makers():
    return {
        "byte-level-bpe": byte_level_bpe(),
        "split-bpe": split_bpe(),
        "byte-fallback-bpe": byte_fallback_bpe(),
        "word-suffix-bpe": word_suffix_bpe(),
        "wordpiece": wordpiece(lowercase=True),
        "wordpiece-cased": wordpiece(lowercase=False),
        "unigram": unigram(),
        "word-level": word_level(),
        "prefix-space-bpe": prefix_space_bpe(),
        "metaspace-unigram": metaspace_unigram(),
        "words-only": words_only(),
    }


def byte_level_bpe():
    """As RoBERTa has it; with tokens added that take blanks along, or are whole words."""
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    special = ["<s>", "<pad>", "</s>", "<unk>"]
    alphabet = pre_tokenizers.ByteLevel.alphabet()
    train(tokenizer, trainers.BpeTrainer(vocab_size=700, special_tokens=special, initial_alphabet=alphabet))
    tokenizer.add_special_tokens([AddedToken("<mask>", lstrip=True, rstrip=False, normalized=False)])
    tokenizer.add_tokens([AddedToken("spo2", single_word=True), AddedToken("mmHg", rstrip=True)])
    tokenizer.post_processor = processors.RobertaProcessing(("</s>", 2), ("<s>", 0))
    return tokenizer


def split_bpe():
    """As newer models have it: a pattern of its own, whole words before merges."""
    pattern = (
        r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}"
        r"| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+"
    )
    tokenizer = Tokenizer(models.BPE(ignore_merges=True))
    tokenizer.normalizer = normalizers.NFC()
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence(
        [
            pre_tokenizers.Split(Regex(pattern), behavior="isolated"),
            pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False),
        ]
    )
    special = ["<|endoftext|>"]
    alphabet = pre_tokenizers.ByteLevel.alphabet()
    train(tokenizer, trainers.BpeTrainer(vocab_size=600, special_tokens=special, initial_alphabet=alphabet))
    tokenizer.post_processor = processors.Sequence(
        [
            processors.ByteLevel(trim_offsets=False),
            processors.TemplateProcessing(single="<|endoftext|> $A", special_tokens=[("<|endoftext|>", 0)]),
        ]
    )
    return tokenizer


def byte_fallback_bpe():
    """As converted from SentencePiece: the whole text is one word, and unknown chars become bytes."""
    steps = [normalizers.Prepend("▁"), normalizers.Replace(" ", "▁")]
    trained = Tokenizer(models.BPE(unk_token="<unk>", fuse_unk=True, byte_fallback=True))
    trained.normalizer = normalizers.Sequence(steps)
    trained.pre_tokenizer = pre_tokenizers.Metaspace()
    special = ["<unk>", "<s>", "</s>"] + [f"<0x{byte:02X}>" for byte in range(256)]
    train(trained, trainers.BpeTrainer(vocab_size=650, special_tokens=special))
    # The bytes are ordinary tokens, found by the model alone.
    document = json.loads(trained.to_str())
    document["added_tokens"] = document["added_tokens"][:3]
    document["pre_tokenizer"] = None
    tokenizer = Tokenizer.from_str(json.dumps(document))
    tokenizer.post_processor = processors.TemplateProcessing(single="<s> $A", special_tokens=[("<s>", 1)])
    return tokenizer


def word_suffix_bpe():
    """As CLIP has it: the last char of a word is marked."""
    tokenizer = Tokenizer(models.BPE(unk_token="<unk>", end_of_word_suffix="</w>", fuse_unk=False))
    tokenizer.normalizer = normalizers.Sequence(
        [normalizers.NFC(), normalizers.Replace(Regex(r"\s+"), " "), normalizers.Lowercase(), normalizers.Strip()]
    )
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence(
        [pre_tokenizers.WhitespaceSplit(), pre_tokenizers.Punctuation()]
    )
    special = ["<unk>", "<s>", "</s>"]
    return train(tokenizer, trainers.BpeTrainer(vocab_size=400, special_tokens=special, end_of_word_suffix="</w>"))


def wordpiece(lowercase):
    """As BERT has it. The added word has an accent: it is found in normalized text."""
    tokenizer = Tokenizer(models.WordPiece(unk_token="[UNK]", max_input_chars_per_word=100))
    tokenizer.normalizer = normalizers.BertNormalizer(lowercase=lowercase)
    tokenizer.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    special = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"]
    train(tokenizer, trainers.WordPieceTrainer(vocab_size=600, special_tokens=special))
    tokenizer.add_tokens([AddedToken("Fièvre", normalized=True)])
    tokenizer.post_processor = processors.TemplateProcessing(
        single="[CLS] $A [SEP]", pair="[CLS] $A [SEP] $B:1 [SEP]:1", special_tokens=[("[CLS]", 2), ("[SEP]", 3)]
    )
    tokenizer.decoder = decoders.WordPiece()
    return tokenizer


def unigram():
    """As T5 has it, but for the precompiled normalizer."""
    tokenizer = Tokenizer(models.Unigram())
    tokenizer.normalizer = normalizers.Sequence([normalizers.NFKC(), normalizers.Replace(Regex(" {2,}"), " ")])
    tokenizer.pre_tokenizer = pre_tokenizers.Metaspace(prepend_scheme="first")
    special = ["<pad>", "</s>", "<unk>"]
    train(tokenizer, trainers.UnigramTrainer(vocab_size=400, special_tokens=special, unk_token="<unk>"))
    tokenizer.post_processor = processors.TemplateProcessing(single="$A </s>", special_tokens=[("</s>", 1)])
    return tokenizer


def word_level():
    """Few enough words for ids of one byte."""
    tokenizer = Tokenizer(models.WordLevel(unk_token="[UNK]"))
    tokenizer.normalizer = normalizers.Sequence([normalizers.NFKD(), normalizers.StripAccents()])
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence(
        [pre_tokenizers.Whitespace(), pre_tokenizers.Digits(individual_digits=True)]
    )
    train(tokenizer, trainers.WordLevelTrainer(vocab_size=200, special_tokens=["[UNK]", "[BOS]", "[EOS]"]))
    tokenizer.post_processor = processors.BertProcessing(("[EOS]", 2), ("[BOS]", 1))
    return tokenizer


def prefix_space_bpe():
    """Each section begins with a space, and runs of digits stand alone."""
    tokenizer = Tokenizer(models.BPE())
    tokenizer.normalizer = normalizers.NFKC()
    digits = pre_tokenizers.Digits(individual_digits=False)
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence([digits, pre_tokenizers.ByteLevel(add_prefix_space=True)])
    special = ["[CLS]", "[SEP]"]
    alphabet = pre_tokenizers.ByteLevel.alphabet()
    train(tokenizer, trainers.BpeTrainer(vocab_size=450, special_tokens=special, initial_alphabet=alphabet))
    tokenizer.post_processor = processors.BertProcessing(("[SEP]", 1), ("[CLS]", 0))
    return tokenizer


def metaspace_unigram():
    """Unknown chars become bytes; sections after an added token begin with the mark as well; words are not cut."""
    tokenizer = Tokenizer(models.Unigram())
    tokenizer.normalizer = normalizers.Strip()
    tokenizer.pre_tokenizer = pre_tokenizers.Metaspace(prepend_scheme="always", split=False)
    special = ["<unk>", "<s>", "</s>"] + [f"<0x{byte:02X}>" for byte in range(256)]
    train(tokenizer, trainers.UnigramTrainer(vocab_size=500, special_tokens=special, unk_token="<unk>"))
    document = json.loads(tokenizer.to_str())
    document["added_tokens"] = document["added_tokens"][:3]
    document["model"]["byte_fallback"] = True
    tokenizer = Tokenizer.from_str(json.dumps(document))
    tokenizer.post_processor = processors.TemplateProcessing(
        single="<s> $A </s>", special_tokens=[("<s>", 1), ("</s>", 2)]
    )
    return tokenizer


def words_only():
    """Keeps what a pattern matches and drops the rest; lower case; no special tokens around a text."""
    tokenizer = Tokenizer(models.WordLevel(unk_token="<unk>"))
    tokenizer.normalizer = normalizers.Sequence([normalizers.Replace("$", "$$ "), normalizers.Lowercase()])
    pattern = pre_tokenizers.Split(Regex(r"\d+(?:\.\d+)?|\p{L}+|[[:punct:]]"), behavior="removed", invert=True)
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence([pattern, pre_tokenizers.Punctuation()])
    return train(tokenizer, trainers.WordLevelTrainer(vocab_size=300, special_tokens=["<unk>", "[SEP]"]))


if __name__ == "__main__":
    main(Path(sys.argv[1]))
