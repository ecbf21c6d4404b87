// What the calls of a screen take through Swift, on the release library. Run by ios/bench.
import CurtainCore
import CurtainFakes
import CurtainKit
import Foundation

/// Prints one row: least, middle and 99th percentile in microseconds.
func row(_ what: String, _ nanoseconds: [UInt64]) {
    let sorted = nanoseconds.sorted()
    func micros(_ share: Int) -> String {
        String(format: "%10.1f", Double(sorted[(sorted.count - 1) * share / 100]) / 1000)
    }
    let name = what.padding(toLength: 28, withPad: " ", startingAt: 0)
    print(name, String(format: "%7d", sorted.count), micros(0), micros(50), micros(99))
}

func time(_ work: () throws -> Void) rethrows -> UInt64 {
    let start = DispatchTime.now().uptimeNanoseconds
    try work()
    return DispatchTime.now().uptimeNanoseconds - start
}

func times(_ what: String, _ rounds: Int, _ work: () throws -> Void) rethrows {
    row(what, try (0..<rounds).map { _ in try time(work) })
}

/// Each prefix of the draft, as somebody types it.
func typing(_ session: Session) throws {
    let fixture = Hospital.tree.appendingPathComponent("tests/fixtures/keystrokes.txt")
    let draft = try String(contentsOf: fixture, encoding: .utf8).trimmingCharacters(in: .newlines)
    let prefixes = draft.indices.map { String(draft[...$0]) }
    let request = AssessRequest(
        patient: nil, channel: .sms, audience: .patient, address: nil, roster: nil, attachments: [], lang: .en)
    let id = try session.newDraft(patient: nil, channel: .sms, audience: .patient)
    var (assessed, typed): ([UInt64], [UInt64]) = ([], [])
    for round in 0..<12 {
        for text in prefixes {
            let assessing = try time { _ = try session.assess(text: text, request: request) }
            let keeping = try time { try session.typeDraft(id: id, text: text, cursor: UInt32(text.utf16.count)) }
            // The first two rounds warm up.
            if round >= 2 {
                assessed.append(assessing)
                typed.append(keeping)
            }
        }
    }
    row("assess, a keystroke", assessed)
    row("type_draft, a keystroke", typed)
}

func main() throws {
    let phone = try Phone()
    let curtain = try phone.curtain()
    let workspace = try phone.enrol(curtain)
    let session = try Ward(curtain, workspace, agreed: false).session
    print("what, in us                   rounds      least        p50        p99")
    try typing(session)

    let patients = try session.patients().prefix(4).map(\.id)
    let text = String(repeating: "Wound is dry, no fever, walks on his own. ", count: 24)
    for patient in patients {
        for _ in 0..<50 { _ = try session.saveNote(id: nil, patient: patient, title: "Visit", text: text) }
    }
    try times("list 50 notes", 500) { _ = try session.notes(patient: patients[0]) }
    let note = try session.notes(patient: patients[0])[0].id
    try times("read a note", 500) { _ = try session.note(id: note) }
    // On another patient: the list above keeps its length.
    try times("save a note", 200) {
        _ = try session.saveNote(id: nil, patient: patients[1], title: "Visit", text: text)
    }
    try session.lock()
    var opened: Session?
    let unlocks = try (0..<20).map { _ in
        let taken = try time { opened = try Phone.typed().spend { try curtain.unlock(workspace: workspace, passcode: $0) } }
        try opened?.lock()
        return taken
    }
    row("unlock", unlocks)
}

try main()
