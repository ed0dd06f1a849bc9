import Foundation
import OnnxRuntimeBindings // with CocoaPods: import onnxruntime_objc

/// Texts and images to unit vectors of one space; the score of two is their product.
///
/// Takes folders of the bundled kind: squares of bytes, bicubic, WordPiece. Throws ModelError for others. Call it from one
/// background queue.
public final class Encoder {
    private struct Info: Decodable {
        struct Image: Decodable {
            let file: String
            let output: String?
            let size: Int
            let resize: String?
            let interpolation: String?
            let channels: String?
            let scaling: Scaling?
        }

        struct Scaling: Decodable {}

        struct Text: Decodable {
            let file: String
            let output: String?
            let tokenizer: String
        }

        let id: String
        let dim: Int
        let image: Image
        let text: Text
    }

    private let folder: URL
    private let info: Info
    private let tokenizer: Tokenizer
    private let environment: ORTEnv
    private var opened: [String: ORTSession] = [:]

    /// Name and content hash; keep it beside your vectors, which no other model can search.
    public var id: String { info.id }
    public var dim: Int { info.dim }

    public init(folder: URL) throws {
        self.folder = folder
        let decoder = JSONDecoder()
        info = try decoder.decode(Info.self, from: Data(contentsOf: folder.appendingPathComponent("model.json")))
        let image = info.image
        guard image.resize ?? "squash" == "squash", image.interpolation ?? "bicubic" == "bicubic" else {
            throw ModelError("model.json: only squares by bicubic interpolation are known here")
        }
        guard image.channels ?? "RGB" == "RGB", image.scaling == nil else { throw ModelError("model.json: only RGB bytes are known here") }
        decoder.keyDecodingStrategy = .convertFromSnakeCase
        let words = try Data(contentsOf: folder.appendingPathComponent(info.text.tokenizer))
        tokenizer = try Tokenizer(decoder.decode(TokenizerFile.self, from: words))
        environment = try ORTEnv(loggingLevel: .warning)
    }

    public func encode(_ text: String) throws -> [Float] {
        let session = try session(info.text.file)
        let ids = tokenizer.ids(text)
        let names = try session.inputNames()
        let known = ["input_ids": ids, "attention_mask": ids.map { _ in 1 }, "token_type_ids": ids.map { _ in 0 }]
        var feeds: [String: ORTValue] = [:]
        for name in names {
            guard let values = names.count == 1 ? ids : known[name] else { throw ModelError("the text network asks for \(name)") }
            feeds[name] = try tensor(values, .int64, [1, ids.count])
        }
        return try run(session, feeds, info.text.output)
    }

    public func encode(_ pixels: Pixels) throws -> [Float] {
        let session = try session(info.image.file)
        let side = info.image.size
        let bytes = pixels.resized(width: side, height: side).data
        let input = try session.inputNames()[0]
        return try run(session, [input: tensor(bytes, .uInt8, [1, side, side, 3])], info.image.output)
    }

    private func session(_ file: String) throws -> ORTSession {
        if let session = opened[file] { return session }
        let path = folder.appendingPathComponent(file).path
        let session = try ORTSession(env: environment, modelPath: path, sessionOptions: nil)
        opened[file] = session
        return session
    }

    private func tensor<Number>(_ values: [Number], _ type: ORTTensorElementDataType, _ shape: [Int]) throws -> ORTValue {
        let data = values.withUnsafeBytes { NSMutableData(bytes: $0.baseAddress, length: $0.count) }
        return try ORTValue(tensorData: data, elementType: type, shape: shape.map { NSNumber(value: $0) })
    }

    private func run(_ session: ORTSession, _ feeds: [String: ORTValue], _ wanted: String?) throws -> [Float] {
        let output = try wanted ?? session.outputNames()[0]
        let found = try session.run(withInputs: feeds, outputNames: [output], runOptions: nil)
        guard let data = try found[output]?.tensorData() as Data? else { throw ModelError("no output \(output)") }
        let vector = data.withUnsafeBytes { Array($0.bindMemory(to: Float.self)) }
        let length = vector.reduce(0) { $0 + $1 * $1 }.squareRoot()
        return vector.map { $0 / length }
    }
}
