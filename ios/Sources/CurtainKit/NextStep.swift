import CurtainCore

/// What a shell does next after a call failed. One answer for each error, complete by the compiler.
public enum NextStep: Equatable, Sendable {
    /// Show the lock screen and drop everything that shows a patient's data; with `leaseOver` the words for a lease that is
    /// over: after unlocking, only leaving is open.
    case showLock(leaseOver: Bool)
    /// Stay on the lock screen and count the delay down; `triesLeft` is known after a guess that did not match.
    case countDown(delay: Duration, triesLeft: UInt32?)
    /// Only the institution can help: show whom to ask, and why.
    case askInstitution(Why)
    /// The workspace was erased: show its receipt and offer to send it.
    case showReceipt
    /// Nothing is wrong that a moment does not mend: call again a little later.
    case tryAgain
    /// Let the user authenticate to the phone (not to Curtain), then call again.
    case authenticatePhone
    /// Ask for the passcode, get a token from `freshAuth`, then call again with it.
    case askPasscode
    /// Show "put aside, not erased"; `restored` chooses the words for files that were put back.
    case showDamaged(restored: Bool)
    /// Ask for an update of the app.
    case showUpdate
    /// Mark this field; the name is a constant of the library.
    case markField(String)
    /// The item is no longer there: read the list again.
    case refresh
    /// Explain which rule holds it back; the name is a constant of the library.
    case explain(rule: String)
    /// Ask for some free space, then call again.
    case freeSpace
    /// A fault: show the number to report. Nothing of a patient is in it.
    case report(code: UInt32)

    /// Why only the institution can help.
    public enum Why: Equatable, Sendable {
        /// Too many wrong passcodes: it sends an unlock order.
        case blocked
        /// This phone's keystore lost a key: it enrols the phone anew.
        case keyGone
        /// The files are of another phone or enrolment: it enrols the phone anew, or recovers.
        case otherPhone
        /// This phone's keystore cannot do what is needed.
        case unsupported
    }

    /// The number under which an error is reported that is not Curtain's.
    public static let foreignCode: UInt32 = 0

    /// The answer to anything that a call threw.
    public init(after error: any Error) {
        self = (error as? CurtainError)?.nextStep ?? .report(code: NextStep.foreignCode)
    }
}

extension CurtainError {
    /// What a shell does next. A new case of the core is a case here.
    public var nextStep: NextStep {
        switch self {
        case .Locked: .showLock(leaseOver: false)
        case .LeaseOver: .showLock(leaseOver: true)
        case .WrongPasscode(let triesLeft, let delayMs): .countDown(delay: Duration(ms: delayMs), triesLeft: triesLeft)
        case .MustWait(let delayMs): .countDown(delay: Duration(ms: delayMs), triesLeft: nil)
        case .Blocked: .askInstitution(.blocked)
        case .Erased: .showReceipt
        case .KeyGone: .askInstitution(.keyGone)
        case .KeystoreNotNow, .Busy: .tryAgain
        case .KeystoreNeedsAuth: .authenticatePhone
        case .KeystoreUnsupported: .askInstitution(.unsupported)
        case .NeedsFreshAuth: .askPasscode
        case .Damaged: .showDamaged(restored: false)
        case .RolledBack: .showDamaged(restored: true)
        case .OtherPhone: .askInstitution(.otherPhone)
        case .TooNew: .showUpdate
        case .Invalid(let field): .markField(field)
        case .NotFound: .refresh
        case .NotAllowed(let rule): .explain(rule: rule)
        case .NoSpace: .freeSpace
        case .Internal(let code): .report(code: code)
        }
    }
}

extension Duration {
    fileprivate init(ms: UInt64) { self = .milliseconds(Int64(clamping: ms)) }
}
