"""Random models of a few hundred KB, laid out as their repositories on the hub are."""

from __future__ import annotations

import io
import json

import numpy as np
from PIL import Image

CAPTIONS = [
    "a dog running on the beach",
    "Two men play football in the snow.",
    "un chien court sur la plage",
    "Une femme à vélo, près de l'église",
    "children's birthday party",
    "l'été, des enfants jouent dans l'eau",
    "a red car parked in front of a house",
    "un garçon en t-shirt bleu saute",
]
"""What the tokenizers of these models are learned from."""

TEXTS = [
    *CAPTIONS,
    "",
    "!!!",
    "A DOG, on the BEACH?!  ",
    "Œuvre naïve: ça coûte 12 € aujourd'hui…",
    "two  spaces\tand a tab",
    "the same words again and again " * 30,
    "犬が走る",
    "🏖 à la plage",
    "x",
]
"""Seventeen texts in both languages, of every kind people type."""


def photographs(count=17):
    """Return images of many shapes: three photographs, and smooth noise like photographs."""
    from skimage import data

    real = [data.astronaut(), data.coffee(), data.chelsea()]
    images = [Image.fromarray(pixels) for pixels in real]
    rng = np.random.default_rng(7)
    sizes = [(640, 480), (480, 640), (50, 40), (33, 200), (300, 300), (31, 31), (97, 61)]
    for number in range(count - len(real)):
        coarse = rng.integers(0, 256, (6, 5, 3), dtype=np.uint8)
        size = sizes[number % len(sizes)]
        image = Image.fromarray(coarse).resize(size, Image.Resampling.BICUBIC)
        noise = rng.normal(0, 6, (size[1], size[0], 3))
        pixels = np.clip(np.asarray(image) + noise, 0, 255).astype(np.uint8)
        images.append(Image.fromarray(pixels))
    return images[:count]


def _vision(**changes):
    sizes = {
        "hidden_size": 32,
        "intermediate_size": 64,
        "num_hidden_layers": 1,
        "num_attention_heads": 2,
        "image_size": 32,
        "patch_size": 8,
    }
    return {**sizes, **changes}


def _text(vocabulary, **changes):
    sizes = {
        "hidden_size": 32,
        "intermediate_size": 64,
        "num_hidden_layers": 1,
        "num_attention_heads": 2,
        "vocab_size": vocabulary,
    }
    return {**sizes, **changes}


def _save(model, image_processor, tokenizer, folder):
    """Save all parts; weights are random, but not so small that all vectors are alike."""
    import torch

    torch.manual_seed(3)
    with torch.no_grad():
        for weight in model.parameters():
            if weight.ndim > 1:
                weight.normal_(0, 0.15)
    folder.mkdir(parents=True, exist_ok=True)
    model.eval().save_pretrained(folder)
    image_processor.save_pretrained(folder)
    tokenizer.save_pretrained(folder)
    return folder


def make_clip(folder, layers=1):
    """CLIP: byte-level pairs, end-of-text pooling, 77 tokens; the short edge, then a crop."""
    from transformers import CLIPConfig, CLIPImageProcessorPil, CLIPModel, CLIPTokenizer

    tokenizer = _clip_tokenizer(CLIPTokenizer)
    last = len(tokenizer) - 1
    special = {"bos_token_id": last - 1, "eos_token_id": last, "pad_token_id": last}
    config = CLIPConfig(
        text_config=_text(
            len(tokenizer), max_position_embeddings=77, num_hidden_layers=layers, **special
        ),
        vision_config=_vision(num_hidden_layers=layers),
        projection_dim=24,
    )
    processor = CLIPImageProcessorPil(
        size={"shortest_edge": 32}, crop_size={"height": 32, "width": 32}
    )
    return _save(CLIPModel(config), processor, tokenizer, folder)


def _clip_tokenizer(kind):
    from tokenizers import Tokenizer, models, pre_tokenizers, trainers

    learner = Tokenizer(models.BPE(end_of_word_suffix="</w>"))
    learner.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    learner.train_from_iterator(
        [caption.lower() for caption in CAPTIONS],
        trainers.BpeTrainer(
            vocab_size=700,
            initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
            end_of_word_suffix="</w>",
            show_progress=False,
        ),
    )
    learned = json.loads(learner.to_str())["model"]
    vocabulary, merges = learned["vocab"], [tuple(pair) for pair in learned["merges"]]
    for letter in pre_tokenizers.ByteLevel.alphabet():
        vocabulary.setdefault(f"{letter}</w>", len(vocabulary))
    for special in ("<|startoftext|>", "<|endoftext|>"):
        vocabulary[special] = len(vocabulary)
    return kind(vocab=vocabulary, merges=merges, model_max_length=77)


def make_siglip(folder):
    """SigLIP: SentencePiece unigrams without punctuation, always 64 tokens; squashed images."""
    from transformers import SiglipConfig, SiglipImageProcessorPil, SiglipModel, SiglipTokenizer

    folder.mkdir(parents=True, exist_ok=True)
    (folder / "spiece.model").write_bytes(_sentencepiece())
    tokenizer = SiglipTokenizer(str(folder / "spiece.model"), model_input_names=["input_ids"])
    special = {"bos_token_id": 0, "eos_token_id": 1, "pad_token_id": 1}
    config = SiglipConfig(
        text_config=_text(tokenizer.vocab_size, projection_size=32, **special),
        vision_config=_vision(),
    )
    processor = SiglipImageProcessorPil(size={"height": 32, "width": 32})
    return _save(SiglipModel(config), processor, tokenizer, folder)


def _sentencepiece():
    import sentencepiece

    model = io.BytesIO()
    sentencepiece.SentencePieceTrainer.train(
        sentence_iterator=iter([caption.lower() for caption in CAPTIONS * 4]),
        model_writer=model,
        vocab_size=120,
        character_coverage=1.0,
        pad_id=-1,
        bos_id=-1,
        eos_id=1,
        unk_id=2,
        user_defined_symbols=["<pad>"],
        hard_vocab_limit=False,
        minloglevel=2,
    )
    return model.getvalue()


def make_siglip2(folder):
    """SigLIP 2: Gemma's pairs with bytes to fall back on, lower case, always 64 tokens."""
    from tokenizers.processors import TemplateProcessing
    from transformers import Siglip2Tokenizer, SiglipConfig, SiglipImageProcessorPil, SiglipModel

    vocabulary, merges = _gemma_pairs()
    tokenizer = Siglip2Tokenizer(
        vocab=vocabulary,
        merges=merges,
        padding_side="right",
        model_input_names=["input_ids"],
    )
    tokenizer.backend_tokenizer.post_processor = TemplateProcessing(
        single="$A <eos>", special_tokens=[("<eos>", vocabulary["<eos>"])]
    )
    special = {"bos_token_id": 2, "eos_token_id": 1, "pad_token_id": 0}
    config = SiglipConfig(
        text_config=_text(len(tokenizer), projection_size=32, **special),
        vision_config=_vision(patch_size=16, image_size=48),
    )
    processor = SiglipImageProcessorPil(
        size={"height": 48, "width": 48}, resample=Image.Resampling.BILINEAR
    )
    return _save(SiglipModel(config), processor, tokenizer, folder)


def _gemma_pairs():
    from tokenizers import Tokenizer, models, normalizers, trainers

    special = ["<pad>", "<eos>", "<bos>", "<unk>", "<mask>"]
    learner = Tokenizer(models.BPE(unk_token="<unk>", byte_fallback=True))
    learner.normalizer = normalizers.Sequence(
        [normalizers.Lowercase(), normalizers.Replace(" ", "▁")]
    )
    bytes_ = [f"<0x{byte:02X}>" for byte in range(256)]
    learner.train_from_iterator(
        CAPTIONS,
        trainers.BpeTrainer(vocab_size=450, special_tokens=special + bytes_, show_progress=False),
    )
    learned = json.loads(learner.to_str())["model"]
    return learned["vocab"], [tuple(pair) for pair in learned["merges"]]


def make_chinese_clip(folder):
    """Chinese-CLIP: word pieces with an attention mask, the first token for the whole."""
    from transformers import (
        ChineseCLIPConfig,
        ChineseCLIPImageProcessorPil,
        ChineseCLIPModel,
    )

    tokenizer = _bert_tokenizer()
    config = ChineseCLIPConfig(
        text_config=_text(len(tokenizer), max_position_embeddings=52),
        vision_config=_vision(),
        projection_dim=24,
    )
    processor = ChineseCLIPImageProcessorPil(size={"height": 32, "width": 32}, do_center_crop=False)
    return _save(ChineseCLIPModel(config), processor, tokenizer, folder)


def make_align(folder):
    """ALIGN: a convolutional image tower, resized larger than the crop; always 64 tokens."""
    from transformers import (
        AlignConfig,
        AlignModel,
        AlignTextConfig,
        AlignVisionConfig,
        EfficientNetImageProcessorPil,
    )

    tokenizer = _bert_tokenizer()
    config = AlignConfig(
        text_config=AlignTextConfig(**_text(len(tokenizer))).to_dict(),
        vision_config=AlignVisionConfig(
            image_size=32,
            width_coefficient=1.0,
            depth_coefficient=0.5,
            hidden_dim=24,
            in_channels=[32, 16],
            out_channels=[16, 24],
            kernel_sizes=[3, 3],
            strides=[1, 2],
            num_block_repeats=[1, 1],
            expand_ratios=[1, 6],
        ).to_dict(),
        projection_dim=24,
    )
    processor = EfficientNetImageProcessorPil(
        size={"height": 40, "width": 40},
        crop_size={"height": 32, "width": 32},
        do_center_crop=True,
        rescale_factor=1 / 127.5,
        rescale_offset=True,
        include_top=True,
        resample=Image.Resampling.BILINEAR,
    )
    return _save(AlignModel(config), processor, tokenizer, folder)


def _bert_tokenizer():
    from tokenizers import BertWordPieceTokenizer
    from transformers import BertTokenizer

    learner = BertWordPieceTokenizer(lowercase=True)
    learner.train_from_iterator(CAPTIONS, vocab_size=300, min_frequency=1, show_progress=False)
    return BertTokenizer(vocab=learner.get_vocab(), model_max_length=512)


def make_sentence_tower(folder):
    """A DistilBERT of sentence-transformers with mean pooling and a projection to 24 numbers."""
    import torch
    from sentence_transformers import SentenceTransformer
    from sentence_transformers.sentence_transformer.modules import Dense, Pooling, Transformer
    from transformers import DistilBertConfig, DistilBertModel

    tokenizer = _bert_tokenizer()
    sizes = {"dim": 32, "hidden_dim": 64, "n_layers": 1, "n_heads": 2}
    bert = DistilBertModel(DistilBertConfig(vocab_size=len(tokenizer), **sizes))
    bert.save_pretrained(folder)
    tokenizer.save_pretrained(folder)
    torch.manual_seed(3)
    parts = [
        Transformer(str(folder), max_seq_length=64),
        Pooling(32, pooling_mode="mean"),
        Dense(32, 24, bias=False, activation_function=torch.nn.Identity()),
    ]
    SentenceTransformer(modules=parts, device="cpu").save(str(folder))
    return folder


def make_bert(folder):
    """A BERT of two layers, with its tokenizer."""
    import torch
    from transformers import BertConfig, BertModel

    tokenizer = _bert_tokenizer()
    torch.manual_seed(4)
    sizes = {"hidden_size": 32, "intermediate_size": 64, "num_hidden_layers": 4}
    config = BertConfig(vocab_size=len(tokenizer), num_attention_heads=2, **sizes)
    BertModel(config).save_pretrained(folder)
    tokenizer.save_pretrained(folder)
    return folder
