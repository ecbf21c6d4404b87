package org.curtain.kit.screen

import java.nio.file.Path
import java.util.concurrent.Executor
import org.curtain.core.Delivery
import org.curtain.kit.PASSCODE
import org.curtain.kit.Phone
import org.curtain.kit.Reachable
import org.curtain.kit.SessionHolder
import org.curtain.kit.direct
import org.curtain.kit.ward

/** A shell on the real library, with the hospital beside it. [taps] counts what the user does, digits apart. */
class Night(home: Path, private val worker: Executor = Executor(Runnable::run)) : AutoCloseable {
    val phone = Phone(home)
    val device = FakeDevice(phone.clock)
    lateinit var shell: Shell
    lateinit var holder: SessionHolder
    lateinit var to: Reachable
    var taps = 0
    var digits = 0
    val place get() = shell.state.value.place

    /** An enrolled phone with its patients, locked; the app is started on it. */
    fun enrolled(biometry: Boolean = false): Night {
        phone.enrol()
        phone.unlock().use { session ->
            to = session.ward()
            if (biometry) org.curtain.kit.passcode().spend { session.enableBiometry(it) }
            session.lock()
        }
        phone.close()
        return start()
    }

    fun start(): Night {
        shell = Shell(worker, device) { locked ->
            SessionHolder.open(phone.directory.toString(), phone.keystore, phone.clock, locked).also { holder = it }
        }
        shell.start()
        return this
    }

    fun tap(act: Shell.() -> Unit): Night {
        taps += 1
        shell.act()
        return this
    }

    /** The passcode, key by key. */
    fun type(text: String = PASSCODE) {
        text.codePoints().forEach {
            digits += 1
            shell.lock.character(it)
        }
    }

    fun unlock(text: String = PASSCODE): Night {
        type(text)
        shell.lock.enter()
        return this
    }

    fun deliver(document: ByteArray) = check(holder.curtain.deliver(document.direct()) == Delivery.Done)

    override fun close() = shell.close()
}
