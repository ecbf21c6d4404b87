// One step of a day in a process that then dies: curtain-day-step STEP PLACE. Run by RestartTests.
import CurtainCore
import CurtainFakes
import CurtainKit
import Foundation

let arguments = CommandLine.arguments
guard arguments.count == 3 else { exit(2) }
let step = arguments[1]
let phone = try Phone(at: URL(fileURLWithPath: arguments[2]))
let curtain = try phone.curtain()
let request = phone.place.appendingPathComponent("request.jws")

func workspace() throws -> String {
    guard let id = try curtain.workspaces().first?.id else { throw CurtainError.NotFound }
    return id
}

func ward() throws -> Ward { try Ward(curtain, try workspace(), agreed: false) }

func token(_ session: Session) throws -> String { try Phone.typed().spend { try session.freshAuth(passcode: $0) } }

switch step {
case "request":
    try curtain.request().document.write(to: request)
case "enrol":
    let enrolment = try phone.hospital.enrol(try Data(contentsOf: request))
    _ = try Phone.typed().spend { try curtain.enrol(enrolment: enrolment, passcode: $0) }
case "documents":
    _ = try curtain.deliver(document: try phone.hospital.policy())
    _ = try curtain.deliver(document: try phone.hospital.lease(try workspace()))
case "patients":
    _ = try ward()
case "consent":
    try ward().agree()
case "ticked":
    let ward = try ward()
    let draft = try ward.draft(Phone.allowed)
    phone.clock.pass(ms: 300)
    try ward.session.tick()
    // Typed on, and dead before the next tick.
    try ward.session.typeDraft(id: draft, text: Phone.allowed + " And", cursor: 0)
case "suspended":
    let ward = try ward()
    _ = try ward.draft("suspended 🙂")
    try ward.session.suspend()
case "handed":
    let ward = try ward()
    for saved in try ward.session.drafts() {
        if saved.draft.text == Phone.allowed {
            _ = try ward.session.confirmNumber(patient: ward.patient, address: ward.number, digits: ward.lastFour)
            _ = try ward.session.handOff(draft: saved.id, request: ward.request)
        } else {
            try ward.session.discardDraft(id: saved.id)
        }
    }
case "outcome":
    let ward = try ward()
    for saved in try ward.session.messages(patient: ward.patient) {
        try ward.session.recordOutcome(message: saved.id, outcome: .sent)
    }
case "note":
    let ward = try ward()
    let note = try ward.session.saveNote(id: nil, patient: ward.patient, title: "Ward", text: "Wound is dry")
    _ = try ward.session.chartNote(note: note)
case "filed":
    let ward = try ward()
    for item in try ward.session.chartItems() { try ward.session.fileChart(id: item.id) }
case "wipe cut":
    let ward = try ward()
    let token = try token(ward.session)
    // Dies inside the wipe, when the second key is to go.
    let deleted = DispatchSemaphore(value: 1)
    phone.keystore.beforeCalls { call, _ in
        if call == .delete, deleted.wait(timeout: .now()) == .timedOut { kill(getpid(), SIGKILL) }
    }
    _ = try ward.session.wipe(token: token)
case "acknowledged":
    guard let receipt = try curtain.receipt(workspace: try workspace()) else { throw CurtainError.NotFound }
    _ = try curtain.deliver(document: try phone.hospital.acknowledge(receipt))
default:
    exit(2)
}
kill(getpid(), SIGKILL)
