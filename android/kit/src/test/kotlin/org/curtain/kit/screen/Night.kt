package org.curtain.kit.screen

import java.nio.file.Path
import java.util.concurrent.Executor
import java.util.concurrent.ExecutorService
import org.curtain.core.Delivery
import org.curtain.core.Session
import org.curtain.kit.PASSCODE
import org.curtain.kit.Phone
import org.curtain.kit.Reachable
import org.curtain.kit.SessionHolder
import org.curtain.kit.direct
import org.curtain.kit.passcode
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
            if (biometry) passcode().spend { session.enableBiometry(it) }
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

    /** Waits for the worker, and for what its work asked for. */
    fun settle(): Night {
        (worker as? ExecutorService)?.let { own -> repeat(3) { own.submit {}.get() } }
        return this
    }

    /** The process ends here: no lock, nothing written. Then the app starts anew. */
    fun kill(): Night {
        settle()
        for (held in sessions()) held.close()
        holder.curtain.close()
        return start()
    }

    /** The holder keeps its sessions to itself, and a killed process asks nobody. */
    private fun sessions(): List<Session> {
        val held = SessionHolder::class.java.getDeclaredField("held").apply { isAccessible = true }.get(holder) as Map<*, *>
        return held.values.filterNotNull().map { one -> one.javaClass.getDeclaredField("session").apply { isAccessible = true }.get(one) as Session }
    }

    override fun close() {
        shell.close()
        settle()
    }
}
