import java.io.File
import java.util.Base64
import kotlin.system.exitProcess
import org.json.JSONObject
import visavis.Pixels
import visavis.Tokenizer
import visavis.objects

/** Compare tokens and resized images with what Python made: Parity FIXTURES.json TOKENIZER.json */
fun main(arguments: Array<String>) {
    val (fixtures, file) = arguments.map { JSONObject(File(it).readText()) }
    val tokenizer = Tokenizer.read(file)
    val texts = fixtures.getJSONArray("texts").objects()
    val wrongTexts = texts.filter { text ->
        val ids = text.getJSONArray("ids")
        List(ids.length(), ids::getLong) != tokenizer.ids(text.getString("text")).toList()
    }
    val images = fixtures.getJSONArray("resized").objects().filter { it.getString("interpolation") == "bicubic" }
    val wrongImages = images.filter { image ->
        val (size, to) = listOf("size", "to").map { image.getJSONArray(it) }
        val before = Pixels(bytes(image, "before"), size.getInt(0), size.getInt(1))
        !before.resize(to.getInt(0), to.getInt(1)).data.contentEquals(bytes(image, "after"))
    }
    wrongTexts.forEach { println("other tokens: ${it.getString("text").take(60)}") }
    wrongImages.forEach { println("other pixels: ${it.getJSONArray("size")} to ${it.getJSONArray("to")}") }
    println("${texts.size} texts, ${images.size} images, ${wrongTexts.size + wrongImages.size} differ")
    exitProcess(if (texts.isEmpty() || images.isEmpty() || wrongTexts.size + wrongImages.size > 0) 1 else 0)
}

private fun bytes(json: JSONObject, name: String): ByteArray = Base64.getDecoder().decode(json.getString(name))
