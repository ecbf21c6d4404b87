#if os(Linux)
import CMalloc
#endif
@testable import CurtainCore
import CurtainFakes
import CurtainKit
import XCTest

/// A thousand unlocks and locks: no memory, no handle, no file and no session is left behind.
final class CycleTests: XCTestCase {
    private static let cycles = 1_000
    /// What a leak to be found would lose in a cycle, in bytes.
    private static let leak = 256
    /// Allowed growth of what is allocated, in bytes: a quarter of what that leak would make of it. Measured: 10 to 16 KB.
    private static let bound = cycles * leak / 4

    func testAThousandUnlocksAndLocksLeaveNothingBehind() throws {
        #if !os(Linux)
        throw XCTSkip("reads /proc and asks glibc")
        #else
        let phone = try Phone()
        let curtain = try phone.curtain()
        let workspace = try phone.enrol(curtain)
        let patient = try Ward(curtain, workspace).patient
        weak var last: Session?
        func cycle() throws {
            let session = try unlock(curtain, workspace)
            _ = try session.notes(patient: patient)
            _ = try session.assess(text: Phone.allowed, request: request(patient))
            try session.lock()
            last = session
        }
        for _ in 0..<300 { try cycle() }
        let (memory, files, handles) = (allocated(), try openFiles(), liveForeignHandles())
        for number in 0..<CycleTests.cycles {
            try cycle()
            XCTAssertNil(last, "session \(number) lives on")
        }
        let growth = allocated() - memory
        print("1,000 cycles: what is allocated grew by \(growth) bytes, allowed are \(CycleTests.bound)")
        XCTAssertLessThan(growth, CycleTests.bound)
        XCTAssertEqual(try openFiles(), files)
        XCTAssertEqual(liveForeignHandles(), handles)
        XCTAssertEqual(try curtain.workspaces().map(\.state), [.locked])

        // The same measure finds a leak of 256 bytes a cycle.
        let before = allocated()
        let leaked = (0..<CycleTests.cycles).map { _ in
            let block = UnsafeMutableRawPointer.allocate(byteCount: CycleTests.leak, alignment: 16)
            memset(block, 1, CycleTests.leak)
            return block
        }
        let found = allocated() - before
        leaked.forEach { $0.deallocate() }
        print("a leak of 256 bytes a cycle: \(found) bytes")
        XCTAssertGreaterThan(found, CycleTests.bound)
        #endif
    }

    func testWhoeverLetsGoOfCurtainGetsKeystoreClockAndFilesBack() throws {
        let phone = try Phone()
        weak var keystore: FakeKeystore?
        weak var clock: FakeClock?
        let (handles, files) = (liveForeignHandles(), try openFiles())
        for _ in 0..<20 {
            let (own, ownClock) = (try FakeKeystore(), FakeClock())
            (keystore, clock) = (own, ownClock)
            let place = phone.place.appendingPathComponent(UUID().uuidString)
            let curtain = try Curtain.open(directory: place.path, keystore: own, clock: ownClock)
            let enrolment = try phone.hospital.enrol(try curtain.request().document)
            let info = try Phone.typed().spend { try curtain.enrol(enrolment: enrolment, passcode: $0) }
            _ = try unlock(curtain, info.id).patients()
            XCTAssertEqual(liveForeignHandles(), handles + 2)
        }
        XCTAssertNil(keystore)
        XCTAssertNil(clock)
        XCTAssertEqual(liveForeignHandles(), handles)
        XCTAssertEqual(try openFiles(), files)
    }

    private func request(_ patient: String) -> AssessRequest {
        AssessRequest(
            patient: patient, channel: .sms, audience: .patient, address: nil, roster: nil, attachments: [], lang: .en)
    }

    /// Bytes that malloc has given out and not got back, Rust's too: see mallinfo(3). Resident memory moves by a megabyte either
    /// way with the allocator's pages.
    private func allocated() -> Int {
        #if os(Linux)
        let heap = mallinfo2()
        return Int(heap.uordblks + heap.hblkhd)
        #else
        0
        #endif
    }

    private func openFiles() throws -> Int {
        #if os(Linux)
        try FileManager.default.contentsOfDirectory(atPath: "/proc/self/fd").count
        #else
        0
        #endif
    }
}
