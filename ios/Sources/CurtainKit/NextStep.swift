import CurtainCore

/// What a shell does next after a call failed. One answer for each error, complete by the compiler.
public enum NextStep: Equatable, Sendable {
    /// Show the lock screen and drop everything that shows a patient's data.
    case showLock
    /// Show the lock screen with the lease's words: after unlocking only leaving is open.
    case showLeaseOver
    /// Say that it didn't match (if `triesLeft` is given), and take the next guess after `delayMs` milliseconds.
    case countDown(triesLeft: UInt32?, delayMs: UInt64)
    /// Only the institution can help.
    case askInstitution(Need)
    /// The workspace was erased: show its receipt and offer to send it.
    case showReceipt
    /// Call again in a moment, a few times, before telling anybody.
    case tryAgain
    /// Authenticate the user to the phone (device passcode or biometry), then call again.
    case authenticatePhone
    /// This phone cannot run Curtain: say so.
    case showUnsupported
    /// Ask for Curtain's passcode, then call again with the token of `freshAuth`.
    case askPasscode
    /// Show the damaged screen: put aside, not erased. `restored` chooses the words for files that were put back.
    case showDamaged(restored: Bool)
    /// These files belong to another phone: offer a clean start or recovery.
    case offerCleanStart
    /// Ask for an update of the app.
    case showUpdate
    /// Mark the field with this name; a constant of the library.
    case markField(String)
    /// The item is no longer there: read the list again.
    case refresh
    /// Explain which rule holds it back; a constant of the library.
    case explain(rule: String)
    /// Ask to free some space, then call again.
    case freeSpace
    /// A bug: show the number to report.
    case report(code: UInt32)

    /// What the institution is asked for.
    public enum Need: Equatable, Sendable {
        /// A signed unlock order, after too many wrong passcodes.
        case unlockOrder
        /// A new enrolment: the phone no longer has the key.
        case newEnrolment
    }

    /// The number under which an error is reported that did not come from Curtain.
    public static let foreignCode: UInt32 = 0

    /// The answer to anything that a call threw.
    public init(after error: any Error) {
        switch error {
        case let error as CurtainError: self = error.nextStep
        case let error as KeystoreError: self = error.nextStep
        default: self = .report(code: NextStep.foreignCode)
        }
    }
}

extension CurtainError {
    /// What a shell does next.
    public var nextStep: NextStep {
        switch self {
        case .Locked: .showLock
        case .LeaseOver: .showLeaseOver
        case .WrongPasscode(let triesLeft, let delayMs): .countDown(triesLeft: triesLeft, delayMs: delayMs)
        case .MustWait(let delayMs): .countDown(triesLeft: nil, delayMs: delayMs)
        case .Blocked: .askInstitution(.unlockOrder)
        case .Erased: .showReceipt
        case .KeyGone: .askInstitution(.newEnrolment)
        case .KeystoreNotNow, .Busy: .tryAgain
        case .KeystoreNeedsAuth: .authenticatePhone
        case .KeystoreUnsupported: .showUnsupported
        case .NeedsFreshAuth: .askPasscode
        case .Damaged: .showDamaged(restored: false)
        case .RolledBack: .showDamaged(restored: true)
        case .OtherPhone: .offerCleanStart
        case .TooNew: .showUpdate
        case .Invalid(let field): .markField(field)
        case .NotFound: .refresh
        case .NotAllowed(let rule): .explain(rule: rule)
        case .NoSpace: .freeSpace
        case .Internal(let code): .report(code: code)
        }
    }
}

extension KeystoreError {
    /// What a shell does next when its own keystore fails outside a call of Curtain.
    public var nextStep: NextStep {
        switch self {
        case .PermanentlyGone: .askInstitution(.newEnrolment)
        case .NeedsAuth: .authenticatePhone
        case .NotNow: .tryAgain
        case .Unsupported: .showUnsupported
        }
    }
}
