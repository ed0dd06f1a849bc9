package visavis

import kotlin.math.abs
import kotlin.math.max
import kotlin.math.min

private const val CHANNELS = 3
private const val PRECISION_BITS = 22 // of Pillow's fixed-point weights: 32 - 8 - 2
private const val HALF = 1 shl (PRECISION_BITS - 1)
private const val SUPPORT = 2.0

/** RGB bytes, row by row. */
class Pixels(val data: ByteArray, val width: Int, val height: Int) {
    /**
     * Resize by bicubic interpolation, to the bytes that Pillow gives.
     *
     * A Bitmap's own resizing looks at few pixels of a large photograph, and its vector differs. Each pass rounds to bytes,
     * so their order counts.
     */
    fun resize(width: Int, height: Int): Pixels {
        val fewer = this.height - height
        val downFirst = fewer > 0 && fewer > 2 * (this.width - width)
        return if (downFirst) down(height).across(width) else across(width).down(height)
    }

    private fun across(to: Int): Pixels {
        if (to == width) return this
        val windows = windows(width, to)
        val row = to * CHANNELS
        return fill(to, height) { at ->
            val (first, weights) = windows[at % row / CHANNELS]
            sum(weights, (at / row * width + first) * CHANNELS + at % CHANNELS, CHANNELS)
        }
    }

    private fun down(to: Int): Pixels {
        if (to == height) return this
        val windows = windows(height, to)
        val row = width * CHANNELS
        return fill(width, to) { at ->
            val (first, weights) = windows[at / row]
            sum(weights, first * row + at % row, row)
        }
    }

    private fun sum(weights: IntArray, start: Int, step: Int): Byte {
        var sum = HALF
        var from = start
        for (weight in weights) {
            sum += (data[from].toInt() and 255) * weight
            from += step
        }
        return (sum shr PRECISION_BITS).coerceIn(0, 255).toByte()
    }
}

private inline fun fill(width: Int, height: Int, value: (Int) -> Byte): Pixels {
    val data = ByteArray(width * height * CHANNELS)
    for (at in data.indices) data[at] = value(at)
    return Pixels(data, width, height)
}

/** For each output position, the first input position and the fixed-point weights from there. */
private fun windows(inputs: Int, outputs: Int): List<Pair<Int, IntArray>> {
    val scale = inputs.toDouble() / outputs
    val stretch = max(scale, 1.0)
    return List(outputs) { output ->
        val centre = (output + 0.5) * scale
        val first = max(0, (centre - SUPPORT * stretch + 0.5).toInt())
        val end = min(inputs, (centre + SUPPORT * stretch + 0.5).toInt())
        val weights = DoubleArray(end - first) { bicubic((it + first - centre + 0.5) / stretch) }
        val total = weights.sum()
        Pair(first, IntArray(weights.size) { fixed(weights[it] / total) })
    }
}

private fun fixed(weight: Double): Int =
    (weight * (1 shl PRECISION_BITS) + if (weight < 0) -0.5 else 0.5).toInt()

private fun bicubic(x: Double): Double {
    val size = abs(x)
    val a = -0.5
    return when {
        size < 1 -> ((a + 2) * size - (a + 3)) * size * size + 1
        size < 2 -> (((size - 5) * size + 8) * size - 4) * a
        else -> 0.0
    }
}
