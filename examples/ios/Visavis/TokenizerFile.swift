import Foundation

/// What `tokenizer.json` says, as far as the bundled models need it. Decode it with `.convertFromSnakeCase`.
public struct TokenizerFile: Decodable {
    struct Truncation: Decodable {
        let maxLength: Int
    }

    struct AddedToken: Decodable {
        let content: String
    }

    struct Kind: Decodable {
        let type: String
    }

    struct Model: Decodable {
        let type: String
        let unkToken: String
        let continuingSubwordPrefix: String
        let maxInputCharsPerWord: Int
        let vocab: [String: Int64]
    }

    let truncation: Truncation?
    let addedTokens: [AddedToken]
    let normalizer: Normalizer
    let preTokenizer: Kind
    let postProcessor: Template?
    let model: Model

    /// The ids that stand before and after those of a text.
    func specials() throws -> (before: [Int64], after: [Int64]) {
        guard let template = postProcessor else { return ([], []) }
        try known("post_processor", template.type, "TemplateProcessing")
        let ids = template.single.map { part in part.SpecialToken.flatMap { template.specialTokens[$0.id]?.ids.first } }
        guard let text = template.single.firstIndex(where: { $0.Sequence != nil }) else { return ([], []) }
        return (ids[..<text].compactMap { $0 }, ids[(text + 1)...].compactMap { $0 })
    }
}

struct Template: Decodable {
    struct Part: Decodable {
        struct Name: Decodable {
            let id: String
        }

        let SpecialToken: Name?
        let Sequence: Name?
    }

    struct Special: Decodable {
        let ids: [Int64]
    }

    let type: String
    let single: [Part]
    let specialTokens: [String: Special]
}

struct Normalizer: Decodable {
    struct Pattern: Decodable {
        let Regex: String?
    }

    let type: String
    let normalizers: [Normalizer]?
    let pattern: Pattern?
    let content: String?

    /// The changes of a text, in order.
    func changes() throws -> [(String) -> String] {
        switch type {
        case "Sequence": return try (normalizers ?? []).flatMap { try $0.changes() }
        case "NFC": return [\.precomposedStringWithCanonicalMapping]
        case "NFD": return [\.decomposedStringWithCanonicalMapping]
        case "NFKC": return [\.precomposedStringWithCompatibilityMapping]
        case "NFKD": return [\.decomposedStringWithCompatibilityMapping]
        case "StripAccents": return [{ replace(marks, in: $0, with: "") }]
        case "Lowercase": return [lowercase]
        case "Strip": return [{ $0.trimmingCharacters(in: .whitespacesAndNewlines) }]
        case "Replace":
            guard let regex = pattern?.Regex, let content else { throw ModelError("tokenizer.json: only Replace by Regex is known here") }
            let expression = try NSRegularExpression(pattern: regex)
            return [{ replace(expression, in: $0, with: content) }]
        default: throw ModelError("tokenizer.json: the normalizer \(type) is not known here")
        }
    }
}

private let marks = try! NSRegularExpression(pattern: "\\p{M}+")

private func replace(_ expression: NSRegularExpression, in text: String, with content: String) -> String {
    let all = NSRange(text.startIndex..., in: text)
    return expression.stringByReplacingMatches(in: text, range: all, withTemplate: NSRegularExpression.escapedTemplate(for: content))
}

/// Letter by letter, as in Python: a sigma at the end of a word is no other letter.
private func lowercase(_ text: String) -> String {
    text.unicodeScalars.reduce(into: "") { $0 += $1.properties.lowercaseMapping }
}
