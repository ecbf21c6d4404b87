import CurtainFakes
import Foundation
import Testing

/// The generated Swift, as it was compiled.
enum Generated {
    static func source() throws -> String {
        let file = Hospital.tree.appendingPathComponent("ios/Sources/CurtainCore/CurtainCore.swift")
        return try String(contentsOf: file, encoding: .utf8)
    }
}

/// The core's doc comments arrive in the generated Swift, right before the item that they are about.
struct DocsTests {
    @Test(arguments: [
        ("One guess at the passcode. Not on the main thread.", "func unlock("),
        ("The six words that both screens must show before an enrolment is accepted.", "func enrolmentWords("),
        ("What stands in the composer now. Kept in memory until `tick`, `lock` or the next draft writes it.", "func typeDraft("),
        ("Makes a non-exportable key. An alias that exists already is replaced by a fresh key.", "func create("),
        ("What is to be assessed.", "public struct AssessRequest"),
        ("The last four digits of the number, for the check before it opens.", "lastFour: String?"),
        ("Wall clock, milliseconds since 1970-01-01 UTC; the user may set it to anything.", "wallMs: Int64"),
        ("What the clinician says on return. It may be corrected later.", "func recordOutcome("),
        ("Free some space and try again.", "case NoSpace"),
        ("Ask the institution for an unlock order.", "case Blocked"),
        ("The key does not exist and will not come back.", "case PermanentlyGone"),
        ("Say that it didn't match, and count the delay down.", "case WrongPasscode("),
    ])
    func theDocsOfAnItemStandBeforeIt(comment: String, item: String) throws {
        let source = try Generated.source()
        let found = try #require(source.range(of: comment), "the comment did not arrive")
        let after = source[found.upperBound...].prefix(600)
        #expect(after.contains(item))
    }
}
