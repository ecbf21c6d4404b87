package org.curtain.kit

import org.curtain.core.Clock
import org.curtain.core.Instant
import org.curtain.core.KeyPurpose
import org.curtain.core.Keystore
import org.curtain.core.KeystoreException
import org.curtain.core.KeystoreStrength

/**
 * This keystore with a promise: whatever is thrown in it, a typed [KeystoreException] reaches the core.
 *
 * The generated code catches every `Exception`, but no `Error`: an `OutOfMemoryError` in `exists` would arrive as the
 * answer "no", and one in `delete` as "done". Here both are "not now". [SessionHolder.open] does this for you.
 */
fun Keystore.guarded(): Keystore = GuardedKeystore(this)

/** This clock with the same promise as [Keystore.guarded]. */
fun Clock.guarded(): Clock = GuardedClock(this)

private class GuardedKeystore(private val inner: Keystore) : Keystore {
    override fun create(alias: String, purpose: KeyPurpose) = typed { inner.create(alias, purpose) }
    override fun exists(alias: String): Boolean = typed { inner.exists(alias) }
    override fun delete(alias: String) = typed { inner.delete(alias) }
    override fun prf(alias: String, input: ByteArray): ByteArray = typed { inner.prf(alias, input) }
    override fun seal(alias: String, plaintext: ByteArray): ByteArray = typed { inner.seal(alias, plaintext) }
    override fun open(alias: String, sealed: ByteArray): ByteArray = typed { inner.open(alias, sealed) }
    override fun sign(alias: String, message: ByteArray): ByteArray = typed { inner.sign(alias, message) }
    override fun publicKey(alias: String): ByteArray = typed { inner.publicKey(alias) }
    override fun strength(): KeystoreStrength = typed { inner.strength() }
}

private class GuardedClock(private val inner: Clock) : Clock {
    override fun now(): Instant = typed { inner.now() }
}

private inline fun <T> typed(call: () -> T): T = try {
    call()
} catch (error: KeystoreException) {
    throw error
} catch (@Suppress("TooGenericExceptionCaught") _: Throwable) {
    // Without its text, which might say anything.
    throw KeystoreException.NotNow()
}
