// swift-tools-version: 5.9
import PackageDescription

let package = Package(
    name: "Visavis",
    platforms: [.iOS(.v15)],
    products: [.library(name: "Visavis", targets: ["Visavis"])],
    dependencies: [
        .package(url: "https://github.com/microsoft/onnxruntime-swift-package-manager", from: "1.20.0"),
    ],
    targets: [
        .target(
            name: "Visavis",
            dependencies: [.product(name: "onnxruntime", package: "onnxruntime-swift-package-manager")],
            path: "Visavis"
        ),
    ]
)
