// swift-tools-version: 6.0
// Curtain for Swift apps. Apps take the product `CurtainKit`; everything under Tests and Bench is for the lane `ios/test`.
// `ios/package` copies the generated CurtainCore.swift and CurtainCoreFFI.h into Sources (ignored by git) and names the folder
// of the static library. An Xcode project links the library that it built for its own platform instead.
import Foundation
import PackageDescription

let library = ProcessInfo.processInfo.environment["CURTAIN_LIBRARY_DIR"]
let linked: [LinkerSetting] = library.map { [.unsafeFlags(["-L\($0)"])] } ?? []
let strict: [SwiftSetting] = [.swiftLanguageMode(.v6)]

// The fakes need P-256, HMAC and AES-GCM: CryptoKit on Apple platforms, OpenSSL's libcrypto elsewhere. Tests only.
// CMalloc says what is allocated.
#if os(Linux)
let linuxTargets: [Target] = [
    .systemLibrary(name: "COpenSSL", path: "Tests/COpenSSL"), .systemLibrary(name: "CMalloc", path: "Tests/CMalloc"),
]
let crypto: [Target.Dependency] = ["COpenSSL"]
let heap: [Target.Dependency] = ["CMalloc"]
#else
let linuxTargets: [Target] = []
let crypto: [Target.Dependency] = []
let heap: [Target.Dependency] = []
#endif

let package = Package(
    name: "Curtain",
    platforms: [.iOS(.v16), .macOS(.v13)],
    products: [.library(name: "CurtainKit", targets: ["CurtainKit", "CurtainCore"])],
    targets: linuxTargets + [
        .systemLibrary(name: "CurtainCoreFFI"),
        .target(
            name: "CurtainCore", dependencies: ["CurtainCoreFFI"], swiftSettings: [.swiftLanguageMode(.v5)],
            linkerSettings: linked),
        .target(name: "CurtainKit", dependencies: ["CurtainCore"], swiftSettings: strict),
        .target(
            name: "CurtainFakes", dependencies: ["CurtainCore", "CurtainKit"] + crypto, path: "Tests/CurtainFakes",
            swiftSettings: strict),
        .executableTarget(
            name: "curtain-day-step", dependencies: ["CurtainFakes"], path: "Tests/DayStep", swiftSettings: strict),
        .executableTarget(
            name: "curtain-bench", dependencies: ["CurtainFakes"], path: "Bench", swiftSettings: strict),
        .testTarget(
            name: "CurtainKitTests", dependencies: ["CurtainKit", "CurtainFakes", "curtain-day-step"] + heap,
            swiftSettings: strict),
        .testTarget(
            name: "CurtainKitSwiftTests", dependencies: ["CurtainKit", "CurtainFakes"], swiftSettings: strict),
    ]
)
