package org.curtain.app

import java.nio.file.Files
import java.util.concurrent.TimeUnit
import org.curtain.core.Delivery
import org.curtain.core.KeystoreStrength
import org.curtain.core.Session
import org.curtain.kit.FakeKeystore
import org.curtain.kit.Phone
import org.curtain.kit.Reachable
import org.curtain.kit.agreed
import org.curtain.kit.direct
import org.curtain.kit.device.PhoneShell
import org.curtain.kit.guess
import org.curtain.kit.passcode
import org.curtain.kit.ward

/** The six digits of these tests. */
const val PIN = "835190"

/** The app on an enrolled phone: real library, real activity, keys and clock of the tests. */
class StagedApp : CurtainApp() {
    val stage = Phone(Files.createTempDirectory("curtain-app"), FakeKeystore(strength = KeystoreStrength.HMAC_HARDWARE))
    lateinit var to: Reachable

    override fun makePhone(): PhoneShell {
        stage.start()
        val (answer, _) = stage.hospital.enrol(stage.curtain.request().document)
        stage.workspace = passcode(PIN).spend { stage.curtain.enrol(answer.direct(), it) }.id
        check(stage.curtain.deliver(stage.hospital.policy().direct()) == Delivery.Done)
        inside { session ->
            to = session.ward()
            session.agreed(to)
        }
        stage.close()
        return PhoneShell(this, stage.keystore, stage.clock, stage.directory.toFile(), notices())
    }

    /** As the user, without the screens: before the app is started. */
    private fun inside(work: (Session) -> Unit) = stage.curtain.guess(stage.workspace, PIN).use { session ->
        work(session)
        session.chartItems().forEach { session.fileChart(it.id) }
        session.lock()
    }

    /** Runs once everything that the worker was asked for is done, and what that asked for. */
    fun settle() = repeat(3) { phone.idle(10, TimeUnit.SECONDS) }
}
