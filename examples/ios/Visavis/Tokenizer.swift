import Foundation

/// A model folder that these encoders cannot read, or a network that answers something else.
public struct ModelError: Error, CustomStringConvertible {
    public let description: String

    init(_ description: String) {
        self.description = description
    }
}

/// Words of a text to ids, as in Python: WordPiece, cut at the model's limit.
public struct Tokenizer {
    private let normalizers: [(String) -> String]
    private let vocabulary: [String: Int64]
    private let unknown: Int64
    private let prefix: String
    private let longest: Int
    private let before: [Int64]
    private let after: [Int64]
    private let limit: Int

    /// Read `tokenizer.json`; throws for a kind that the bundled models do not have.
    public init(_ file: TokenizerFile) throws {
        try known("model", file.model.type, "WordPiece")
        try known("pre_tokenizer", file.preTokenizer.type, "WhitespaceSplit")
        guard file.addedTokens.isEmpty else { throw ModelError("tokenizer.json: added tokens are not known here") }
        guard let unknown = file.model.vocab[file.model.unkToken] else { throw ModelError("tokenizer.json: no unk_token") }
        normalizers = try file.normalizer.changes()
        vocabulary = file.model.vocab
        self.unknown = unknown
        prefix = file.model.continuingSubwordPrefix
        longest = file.model.maxInputCharsPerWord
        (before, after) = try file.specials()
        limit = file.truncation?.maxLength ?? .max
    }

    public func ids(_ text: String) -> [Int64] {
        let normal = normalizers.reduce(text) { changed, change in change(changed) }
        let words = normal.unicodeScalars.split { $0.properties.isWhitespace }
        let room = limit - before.count - after.count
        var ids: [Int64] = []
        for word in words where ids.count < room { ids += pieces(Array(word)) }
        return before + ids.prefix(room) + after
    }

    /// The longest pieces from the left; a word with a part that is unknown is unknown.
    private func pieces(_ word: [Unicode.Scalar]) -> [Int64] {
        guard word.count <= longest else { return [unknown] }
        var found: [Int64] = []
        var start = 0
        while start < word.count {
            var end = word.count
            while end > start, id(word[start..<end], start) == nil { end -= 1 }
            guard end > start, let next = id(word[start..<end], start) else { return [unknown] }
            found.append(next)
            start = end
        }
        return found
    }

    private func id(_ piece: ArraySlice<Unicode.Scalar>, _ start: Int) -> Int64? {
        var text = start > 0 ? prefix : ""
        text.unicodeScalars.append(contentsOf: piece)
        return vocabulary[text]
    }
}

func known(_ part: String, _ type: String, _ expected: String) throws {
    guard type == expected else { throw ModelError("tokenizer.json: \(part) \(type) (known here: \(expected))") }
}
