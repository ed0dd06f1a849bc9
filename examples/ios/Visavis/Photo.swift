import CoreGraphics
import UIKit

/// Open a photograph as a person sees it: upright, transparent parts on white. HEIC too.
public func pixels(of image: UIImage) -> Pixels? {
    let width = Int(image.size.width * image.scale)
    let height = Int(image.size.height * image.scale)
    var rgba = [UInt8](repeating: 255, count: width * height * 4)
    let drawn = rgba.withUnsafeMutableBytes { bytes -> Bool in
        guard let space = CGColorSpace(name: CGColorSpace.sRGB),
              let context = CGContext(
                  data: bytes.baseAddress, width: width, height: height, bitsPerComponent: 8, bytesPerRow: width * 4,
                  space: space, bitmapInfo: CGImageAlphaInfo.noneSkipLast.rawValue
              )
        else { return false }
        context.setFillColor(red: 1, green: 1, blue: 1, alpha: 1)
        context.fill(CGRect(x: 0, y: 0, width: width, height: height))
        context.translateBy(x: 0, y: CGFloat(height)) // UIKit counts rows from the top
        context.scaleBy(x: 1, y: -1)
        UIGraphicsPushContext(context)
        image.draw(in: CGRect(x: 0, y: 0, width: width, height: height)) // upright, as its orientation says
        UIGraphicsPopContext()
        return true
    }
    guard drawn else { return nil }
    var data: [UInt8] = []
    data.reserveCapacity(width * height * 3)
    for at in stride(from: 0, to: rgba.count, by: 4) { data += rgba[at..<at + 3] }
    return Pixels(data: data, width: width, height: height)
}
