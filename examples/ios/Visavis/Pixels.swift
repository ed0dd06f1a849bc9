private let channels = 3
private let precisionBits = 22 // of Pillow's fixed-point weights: 32 - 8 - 2
private let half: Int32 = 1 << (precisionBits - 1)
private let support = 2.0

/// RGB bytes, row by row.
public struct Pixels {
    public let data: [UInt8]
    public let width: Int
    public let height: Int

    public init(data: [UInt8], width: Int, height: Int) {
        precondition(data.count == width * height * channels)
        self.data = data
        self.width = width
        self.height = height
    }

    /// Resize by bicubic interpolation, to the bytes that Pillow gives.
    ///
    /// Core Graphics resizes otherwise, and the vector of a large photograph differs. Each pass rounds to bytes, so their
    /// order counts.
    public func resized(width: Int, height: Int) -> Pixels {
        let fewer = self.height - height
        let downFirst = fewer > 0 && fewer > 2 * (self.width - width)
        return downFirst ? down(height).across(width) : across(width).down(height)
    }

    private func across(_ to: Int) -> Pixels {
        if to == width { return self }
        let windows = windows(width, to)
        return filled(width: to, height: height) { x, y, channel in
            let (first, weights) = windows[x]
            return sum(weights, from: (y * width + first) * channels + channel, step: channels)
        }
    }

    private func down(_ to: Int) -> Pixels {
        if to == height { return self }
        let windows = windows(height, to)
        let row = width * channels
        return filled(width: width, height: to) { x, y, channel in
            let (first, weights) = windows[y]
            return sum(weights, from: first * row + x * channels + channel, step: row)
        }
    }

    private func sum(_ weights: [Int32], from start: Int, step: Int) -> UInt8 {
        var sum = half
        var from = start
        for weight in weights {
            sum += Int32(data[from]) * weight
            from += step
        }
        return UInt8(max(0, min(255, sum >> Int32(precisionBits))))
    }
}

private func filled(width: Int, height: Int, _ value: (Int, Int, Int) -> UInt8) -> Pixels {
    var data: [UInt8] = []
    data.reserveCapacity(width * height * channels)
    for y in 0..<height {
        for x in 0..<width {
            for channel in 0..<channels { data.append(value(x, y, channel)) }
        }
    }
    return Pixels(data: data, width: width, height: height)
}

/// For each output position, the first input position and the fixed-point weights from there.
private func windows(_ inputs: Int, _ outputs: Int) -> [(first: Int, weights: [Int32])] {
    let scale = Double(inputs) / Double(outputs)
    let stretch = max(scale, 1)
    return (0..<outputs).map { output in
        let centre = (Double(output) + 0.5) * scale
        let first = max(0, Int(centre - support * stretch + 0.5))
        let end = min(inputs, Int(centre + support * stretch + 0.5))
        let weights = (first..<end).map { bicubic((Double($0) - centre + 0.5) / stretch) }
        let total = weights.reduce(0, +)
        return (first, weights.map { fixed($0 / total) })
    }
}

private func fixed(_ weight: Double) -> Int32 {
    Int32(weight * Double(1 << precisionBits) + (weight < 0 ? -0.5 : 0.5))
}

private func bicubic(_ x: Double) -> Double {
    let size = abs(x)
    let a = -0.5
    if size < 1 { return ((a + 2) * size - (a + 3)) * size * size + 1 }
    if size < 2 { return (((size - 5) * size + 8) * size - 4) * a }
    return 0
}
