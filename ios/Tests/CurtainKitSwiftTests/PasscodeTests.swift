import CurtainCore
import CurtainFakes
import Foundation
import Testing

@testable import CurtainKit

/// The buffer that a passcode is typed into is zero after every use.
struct PasscodeTests {
    private struct Failed: Error {}

    @Test func whatIsTypedIsLentAsUTF8() throws {
        let passcode = typed("aß€🙂")
        #expect(passcode.length == 4)
        try passcode.spend { #expect(Array($0) == Array("aß€🙂".utf8)) }
        #expect(passcode.isEmpty && isZero(passcode))
    }

    @Test(arguments: ["", "1", "seven calm", "seven calm herons wade", String(repeating: "x", count: 512)])
    func theLentBytesAreTheBufferItselfAndNoCopy(text: String) throws {
        let passcode = typed(text)
        let storage = passcode.storage
        try passcode.spend { data in
            data.withUnsafeBytes { lent in
                guard let at = lent.baseAddress, let start = storage.baseAddress else { return #expect(text.isEmpty) }
                #expect(at >= start && at + lent.count <= start + storage.count)
            }
        }
    }

    @Test func itIsZeroAfterSuccessAfterAWrongPasscodeAndAfterAnyError() throws {
        let phone = try Phone()
        let curtain = try phone.curtain()
        let enrolment = try phone.hospital.enrol(try curtain.request().document)
        let right = typed(Phone.passcode)
        let id = try right.spend { try curtain.enrol(enrolment: enrolment, passcode: $0) }.id
        #expect(isZero(right))
        right.type(Phone.passcode)
        let session = try right.spend { try curtain.unlock(workspace: id, passcode: $0) }
        #expect(isZero(right))
        right.type(Phone.passcode)
        _ = try right.spend { try session.freshAuth(passcode: $0) }
        #expect(isZero(right))

        let wrong = typed("seven calm herrings")
        #expect(throws: CurtainError.WrongPasscode(triesLeft: 9, delayMs: 0)) {
            try wrong.spend { try curtain.unlock(workspace: id, passcode: $0) }
        }
        #expect(wrong.isEmpty && isZero(wrong))
        wrong.type("more")
        phone.keystore.fail(FakeKeystore.Unexpected())
        #expect(throws: CurtainError.KeystoreNotNow) {
            try wrong.spend { try curtain.unlock(workspace: id, passcode: $0) }
        }
        #expect(isZero(wrong))
        wrong.type("more")
        #expect(throws: Failed.self) { try wrong.spend { _ in throw Failed() } }
        #expect(isZero(wrong))
        wrong.type("more")
        #expect(!isZero(wrong), "the look at the buffer sees what is typed")
        wrong.clear()
        #expect(wrong.isEmpty && isZero(wrong))
    }

    @Test func backspaceTakesOneScalarAndLeavesNoByte() throws {
        let passcode = typed("aß€🙂")
        for left in ["aß€", "aß", "a", ""] {
            passcode.backspace()
            #expect(passcode.length == left.unicodeScalars.count)
            #expect(passcode.storage.filter { $0 != 0 }.elementsEqual(left.utf8))
        }
        passcode.backspace()
        #expect(passcode.isEmpty)
    }

    @Test func aFullBufferTakesNoMoreAndNoHalfScalar() throws {
        let passcode = typed(String(repeating: "x", count: Passcode.maximumBytes - 3))
        #expect(!passcode.append("🙂"))
        #expect(passcode.append("€"))
        #expect(!passcode.append("x"))
        try passcode.spend { #expect($0.count == Passcode.maximumBytes) }
    }

    @Test func whileItIsLentNobodyElseTouchesIt() throws {
        let passcode = typed("seven calm herons wade")
        try passcode.spend { lent in
            #expect(throws: CurtainError.Busy) { try passcode.spend { _ in } }
            #expect(!passcode.append("x"))
            passcode.backspace()
            passcode.clear()
            #expect(Array(lent) == Array("seven calm herons wade".utf8))
        }
        #expect(isZero(passcode))
        #expect(passcode.append("x"))
    }

    private func typed(_ text: String) -> Passcode {
        let passcode = Passcode()
        passcode.type(text)
        return passcode
    }

    private func isZero(_ passcode: Passcode) -> Bool { passcode.storage.allSatisfy { $0 == 0 } }
}

extension Passcode {
    fileprivate func type(_ text: String) {
        text.unicodeScalars.forEach { append($0) }
    }
}
