import CurtainCore
import CurtainKit
import Foundation
import Testing

/// Every error has its answer. That none is missing, the compiler says.
struct NextStepTests {
    private static let answers: [(CurtainError, NextStep)] = [
        (.Locked, .showLock(leaseOver: false)), (.LeaseOver, .showLock(leaseOver: true)),
        (.WrongPasscode(triesLeft: 3, delayMs: 30_000), .countDown(delay: .seconds(30), triesLeft: 3)),
        (.MustWait(delayMs: 1_500), .countDown(delay: .milliseconds(1_500), triesLeft: nil)),
        (.MustWait(delayMs: .max), .countDown(delay: .milliseconds(Int64.max), triesLeft: nil)),
        (.Blocked, .askInstitution(.blocked)), (.Erased, .showReceipt), (.KeyGone, .askInstitution(.keyGone)),
        (.KeystoreNotNow, .tryAgain), (.KeystoreNeedsAuth, .authenticatePhone),
        (.KeystoreUnsupported, .askInstitution(.unsupported)), (.NeedsFreshAuth, .askPasscode),
        (.Damaged, .showDamaged(restored: false)), (.RolledBack, .showDamaged(restored: true)),
        (.OtherPhone, .askInstitution(.otherPhone)), (.TooNew, .showUpdate),
        (.Invalid(field: "title"), .markField("title")), (.NotFound, .refresh),
        (.NotAllowed(rule: "verdict"), .explain(rule: "verdict")), (.Busy, .tryAgain), (.NoSpace, .freeSpace),
        (.Internal(code: 999), .report(code: 999)),
    ]

    @Test(arguments: answers)
    func everyErrorHasItsAnswer(error: CurtainError, step: NextStep) {
        #expect(error.nextStep == step)
        #expect(NextStep(after: error) == step)
    }

    @Test func theTableAboveHasEveryCaseOfTheGeneratedError() throws {
        let source = try Generated.source()
        let start = try #require(source.range(of: "enum CurtainError:"))
        let end = try #require(source.range(of: "errorDescription", range: start.upperBound..<source.endIndex))
        let cases = source[start.upperBound..<end.lowerBound].split(separator: "\n").filter { $0.hasPrefix("    case ") }
        let named = Set(cases.map { String($0.dropFirst(9).prefix { $0.isLetter }) })
        let answered = Set(NextStepTests.answers.map { String("\($0.0)".prefix { $0.isLetter }) })
        #expect(named.count == 21)
        #expect(named == answered)
    }

    @Test func anErrorOfSomebodyElseIsReportedWithoutItsWords() {
        #expect(NextStep(after: CocoaError(.fileNoSuchFile)) == .report(code: NextStep.foreignCode))
    }
}
