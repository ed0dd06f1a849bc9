package visavis

import java.text.Normalizer
import org.json.JSONArray
import org.json.JSONObject

private val SPACE = Regex("[\\s\\p{Z}]+")
private val MARKS = Regex("\\p{M}+")

/** Words of a text to ids, as in Python: WordPiece, cut at the model's limit. */
class Tokenizer private constructor(
    private val normalize: (String) -> String,
    private val vocabulary: Map<String, Long>,
    private val unknown: Long,
    private val prefix: String,
    private val longest: Int,
    private val before: List<Long>,
    private val after: List<Long>,
    private val limit: Int,
) {
    fun ids(text: String): LongArray {
        val words = normalize(text).split(SPACE).filter(String::isNotEmpty)
        val pieces = words.asSequence().flatMap(::pieces).take(limit - before.size - after.size)
        return (before + pieces + after).toLongArray()
    }

    /** The longest pieces from the left; a word with a part that is unknown is unknown. */
    private fun pieces(word: String): List<Long> {
        val points = word.codePoints().toArray()
        if (points.size > longest) return listOf(unknown)
        val found = mutableListOf<Long>()
        var start = 0
        while (start < points.size) {
            val begin = if (start > 0) prefix else ""
            val end = (points.size downTo start + 1).firstOrNull { begin + String(points, start, it - start) in vocabulary }
            found += vocabulary[begin + String(points, start, (end ?: return listOf(unknown)) - start)]!!
            start = end
        }
        return found
    }

    companion object {
        /** Read `tokenizer.json`; throws IllegalArgumentException for a kind that the bundled models do not have. */
        fun read(json: JSONObject): Tokenizer {
            val model = json.getJSONObject("model").known("model", "WordPiece")
            json.getJSONObject("pre_tokenizer").known("pre_tokenizer", "WhitespaceSplit")
            require(json.getJSONArray("added_tokens").length() == 0) { "tokenizer.json: added tokens are not known here" }
            val words = model.getJSONObject("vocab")
            val vocabulary = words.keys().asSequence().associateWith { words.getLong(it) }
            val template = json.optJSONObject("post_processor")?.known("post_processor", "TemplateProcessing")
            val (before, after) = specials(template)
            return Tokenizer(
                normalizer(json.getJSONObject("normalizer")),
                vocabulary,
                vocabulary.getValue(model.getString("unk_token")),
                model.getString("continuing_subword_prefix"),
                model.getInt("max_input_chars_per_word"),
                before,
                after,
                json.optJSONObject("truncation")?.getInt("max_length") ?: Int.MAX_VALUE,
            )
        }

        private fun JSONObject.known(part: String, type: String): JSONObject {
            require(getString("type") == type) { "tokenizer.json: $part ${getString("type")} (known here: $type)" }
            return this
        }

        private fun normalizer(json: JSONObject): (String) -> String =
            when (val type = json.getString("type")) {
                "Sequence" -> {
                    val parts = json.getJSONArray("normalizers").objects().map(::normalizer);
                    { text: String -> parts.fold(text) { changed, change -> change(changed) } }
                }
                "NFC", "NFD", "NFKC", "NFKD" -> {
                    val form = Normalizer.Form.valueOf(type);
                    { text: String -> Normalizer.normalize(text, form) }
                }
                "StripAccents" -> { text: String -> text.replace(MARKS, "") }
                "Lowercase" -> ::lowercase
                "Strip" -> { text: String -> text.trim() }
                "Replace" -> {
                    val pattern = Regex(json.getJSONObject("pattern").getString("Regex"))
                    val content = Regex.escapeReplacement(json.getString("content"));
                    { text: String -> text.replace(pattern, content) }
                }
                else -> throw IllegalArgumentException("tokenizer.json: the normalizer $type is not known here")
            }

        /** Letter by letter, as in Python: a sigma at the end of a word is no other letter. */
        private fun lowercase(text: String): String = buildString {
            text.codePoints().forEach { appendCodePoint(Character.toLowerCase(it)) }
        }

        /** The ids that stand before and after those of a text. */
        private fun specials(template: JSONObject?): Pair<List<Long>, List<Long>> {
            val parts = template?.getJSONArray("single")?.objects() ?: return Pair(emptyList(), emptyList())
            val text = parts.indexOfFirst { it.has("Sequence") }
            val tokens = template.getJSONObject("special_tokens")
            val id = { part: JSONObject ->
                tokens.getJSONObject(part.getJSONObject("SpecialToken").getString("id")).getJSONArray("ids").getLong(0)
            }
            return Pair(parts.take(text).map(id), parts.drop(text + 1).map(id))
        }
    }
}

internal fun JSONArray.objects(): List<JSONObject> = List(length(), ::getJSONObject)
