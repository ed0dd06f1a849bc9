package visavis

import android.content.ContentResolver
import android.graphics.Bitmap
import android.graphics.ImageDecoder
import android.net.Uri

/** Open a photograph as a person sees it: upright, transparent parts on white. Android 9 or later. */
fun pixels(resolver: ContentResolver, uri: Uri): Pixels {
    val bitmap = ImageDecoder.decodeBitmap(ImageDecoder.createSource(resolver, uri)) { decoder, _, _ ->
        decoder.allocator = ImageDecoder.ALLOCATOR_SOFTWARE // one whose pixels can be read
    }
    return try { pixels(bitmap) } finally { bitmap.recycle() }
}

fun pixels(bitmap: Bitmap): Pixels {
    val data = ByteArray(bitmap.width * bitmap.height * 3)
    val row = IntArray(bitmap.width) // one row at a time: all of them would take as much memory again
    var to = 0
    for (y in 0 until bitmap.height) {
        bitmap.getPixels(row, 0, bitmap.width, 0, y, bitmap.width, 1)
        for (colour in row) for (shift in intArrayOf(16, 8, 0)) data[to++] = onWhite(colour, shift)
    }
    return Pixels(data, bitmap.width, bitmap.height)
}

private fun onWhite(colour: Int, shift: Int): Byte {
    val alpha = colour ushr 24
    val value = colour ushr shift and 255
    return ((value * alpha + 255 * (255 - alpha) + 127) / 255).toByte()
}
