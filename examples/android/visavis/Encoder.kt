package visavis

import ai.onnxruntime.OnnxJavaType
import ai.onnxruntime.OnnxTensor
import ai.onnxruntime.OrtEnvironment
import ai.onnxruntime.OrtSession
import java.io.File
import java.nio.ByteBuffer
import java.nio.LongBuffer
import kotlin.math.sqrt
import org.json.JSONObject

/**
 * Texts and images to unit vectors of one space; the score of two is their product.
 *
 * Takes folders of the bundled kind: squares of bytes, bicubic, WordPiece. Throws IllegalArgumentException for others. Call
 * it from one background thread.
 */
class Encoder(private val folder: File) : AutoCloseable {
    private val info = JSONObject(File(folder, "model.json").readText())
    private val image = info.getJSONObject("image")
    private val text = info.getJSONObject("text")
    private val side = image.getInt("size")
    private val environment = OrtEnvironment.getEnvironment()
    private val opened = mutableMapOf<String, OrtSession>()
    private val tokenizer = Tokenizer.read(JSONObject(File(folder, text.getString("tokenizer")).readText()))

    /** Name and content hash; keep it beside your vectors, which no other model can search. */
    val id: String = info.getString("id")
    val dim: Int = info.getInt("dim")

    init {
        require(image.optString("resize", "squash") == "squash" && image.optString("interpolation", "bicubic") == "bicubic") {
            "model.json: only squares by bicubic interpolation are known here"
        }
        require(image.optString("channels", "RGB") == "RGB" && !image.has("scaling")) { "model.json: only RGB bytes are known here" }
    }

    fun encode(text: String): FloatArray {
        val ids = tokenizer.ids(text)
        val session = session(this.text)
        val known = mapOf("input_ids" to ids, "attention_mask" to LongArray(ids.size) { 1 }, "token_type_ids" to LongArray(ids.size))
        val feeds = session.inputNames.associateWith { name ->
            val values = if (session.inputNames.size == 1) ids else requireNotNull(known[name]) { "the text network asks for $name" }
            OnnxTensor.createTensor(environment, LongBuffer.wrap(values), longArrayOf(1, ids.size.toLong()))
        }
        return run(session, feeds, this.text)
    }

    fun encode(pixels: Pixels): FloatArray {
        val session = session(image)
        val bytes = ByteBuffer.wrap(pixels.resize(side, side).data)
        val shape = longArrayOf(1, side.toLong(), side.toLong(), 3)
        val tensor = OnnxTensor.createTensor(environment, bytes, shape, OnnxJavaType.UINT8)
        return run(session, mapOf(session.inputNames.first() to tensor), image)
    }

    override fun close() = opened.values.forEach(OrtSession::close)

    private fun session(network: JSONObject): OrtSession = opened.getOrPut(network.getString("file")) {
        environment.createSession(File(folder, network.getString("file")).path)
    }

    private fun run(session: OrtSession, feeds: Map<String, OnnxTensor>, network: JSONObject): FloatArray {
        val output = network.optString("output").ifEmpty { session.outputNames.first() }
        try {
            session.run(feeds, setOf(output)).use { result ->
                @Suppress("UNCHECKED_CAST") val rows = result[0].value as Array<FloatArray>
                return unit(rows[0])
            }
        } finally {
            feeds.values.forEach(OnnxTensor::close)
        }
    }
}

private fun unit(vector: FloatArray): FloatArray {
    val length = sqrt(vector.sumOf { it.toDouble() * it }).toFloat()
    return FloatArray(vector.size) { vector[it] / length }
}
