package org.curtain.kit

import kotlin.time.Duration.Companion.milliseconds
import kotlin.time.Duration.Companion.seconds
import org.curtain.core.CurtainException
import org.curtain.kit.NextStep.AskInstitution.Why
import org.junit.jupiter.api.Assertions.assertEquals
import org.junit.jupiter.api.Test

/** Each failure has its answer. */
class NextStepTest {
    private val answers = mapOf(
        CurtainException.Locked() to NextStep.ShowLock(leaseOver = false),
        CurtainException.LeaseOver() to NextStep.ShowLock(leaseOver = true),
        CurtainException.WrongPasscode(5u, 30_000u) to NextStep.CountDown(30.seconds, 5),
        CurtainException.MustWait(1_500u) to NextStep.CountDown(1500.milliseconds, null),
        CurtainException.Blocked() to NextStep.AskInstitution(Why.BLOCKED),
        CurtainException.Erased() to NextStep.ShowReceipt,
        CurtainException.KeyGone() to NextStep.AskInstitution(Why.KEY_GONE),
        CurtainException.KeystoreNotNow() to NextStep.TryAgain,
        CurtainException.KeystoreNeedsAuth() to NextStep.AuthenticatePhone,
        CurtainException.KeystoreUnsupported() to NextStep.AskInstitution(Why.UNSUPPORTED),
        CurtainException.NeedsFreshAuth() to NextStep.AskPasscode,
        CurtainException.Damaged() to NextStep.ShowDamaged(restored = false),
        CurtainException.RolledBack() to NextStep.ShowDamaged(restored = true),
        CurtainException.OtherPhone() to NextStep.AskInstitution(Why.OTHER_PHONE),
        CurtainException.TooNew() to NextStep.ShowUpdate,
        CurtainException.Invalid("address") to NextStep.MarkField("address"),
        CurtainException.NotFound() to NextStep.Refresh,
        CurtainException.NotAllowed("verdict") to NextStep.Explain("verdict"),
        CurtainException.Busy() to NextStep.TryAgain,
        CurtainException.NoSpace() to NextStep.FreeSpace,
        CurtainException.Internal(999u) to NextStep.Report(999),
    )

    @Test
    fun `every failure has its answer`() {
        for ((failure, step) in answers) assertEquals(step, failure.nextStep(), failure.javaClass.simpleName)
    }

    @Test
    fun `no failure of the core is missing here`() {
        val all = CurtainException::class.java.declaredClasses.filter { CurtainException::class.java.isAssignableFrom(it) }
        assertEquals(all.map { it.simpleName }.toSortedSet(), answers.keys.map { it.javaClass.simpleName }.toSortedSet())
    }

    @Test
    fun `a delay beyond all measure is counted down and not turned around`() {
        val step = CurtainException.MustWait(ULong.MAX_VALUE).nextStep() as NextStep.CountDown
        assert(step.delay.isPositive())
    }
}
