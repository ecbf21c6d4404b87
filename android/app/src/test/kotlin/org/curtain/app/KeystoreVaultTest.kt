package org.curtain.app

import android.os.CancellationSignal
import android.security.keystore.KeyPermanentlyInvalidatedException
import android.security.keystore.KeyProperties
import android.security.keystore.StrongBoxUnavailableException
import android.security.keystore.UserNotAuthenticatedException
import java.math.BigInteger
import java.security.InvalidKeyException
import java.security.KeyPair
import java.security.KeyStoreException
import java.security.ProviderException
import java.security.Signature
import org.curtain.core.KeyPurpose
import org.curtain.core.KeystoreException
import org.curtain.core.KeystoreStrength
import org.curtain.kit.device.FingerOutcome
import org.curtain.kit.device.FingerPrompt
import org.curtain.kit.device.KeystoreVault
import org.curtain.kit.device.SecurityLevel
import org.junit.Assert.assertArrayEquals
import org.junit.Assert.assertEquals
import org.junit.Assert.assertFalse
import org.junit.Assert.assertThrows
import org.junit.Assert.assertTrue
import org.junit.Test
import org.junit.runner.RunWith
import org.robolectric.RobolectricTestRunner

@RunWith(RobolectricTestRunner::class)
class KeystoreVaultTest {
    private val hardware = FakeHardware()
    private val vault = KeystoreVault(hardware)

    @Test
    fun each_purpose_asks_for_what_it_needs_and_no_more() {
        KeyPurpose.entries.forEach { vault.create("k.$it", it) }
        val (prf, seal, sign, finger) = hardware.specs
        assertTrue(hardware.specs.all { it.isStrongBoxBacked })
        assertEquals(KeyProperties.PURPOSE_SIGN, prf.purposes)
        assertTrue(prf.isUnlockedDeviceRequired)
        assertEquals(listOf(KeyProperties.BLOCK_MODE_GCM), seal.blockModes.toList())
        assertTrue(seal.isRandomizedEncryptionRequired)
        assertFalse("a lock after a dark screen seals the anchor", seal.isUnlockedDeviceRequired)
        assertEquals(listOf(KeyProperties.DIGEST_SHA256), sign.digests.toList())
        assertFalse(listOf(prf, seal, sign).any { it.isUserAuthenticationRequired })
        assertTrue(finger.isUserAuthenticationRequired && finger.isInvalidatedByBiometricEnrollment && finger.isUnlockedDeviceRequired)
        assertEquals(0, finger.userAuthenticationValidityDurationSeconds)
        assertEquals(KeyProperties.AUTH_BIOMETRIC_STRONG, finger.userAuthenticationType)
        assertEquals(KeyProperties.PURPOSE_DECRYPT, finger.purposes)
    }

    @Test
    fun without_a_strong_box_the_trusted_environment_is_asked() {
        hardware.making = { if (it.isStrongBoxBacked) throw StrongBoxUnavailableException() }
        vault.create("k", KeyPurpose.SEAL)
        assertEquals(listOf(true, false), hardware.specs.map { it.isStrongBoxBacked })
        assertArrayEquals(byteArrayOf(1), vault.open("k", vault.seal("k", byteArrayOf(1))))
    }

    @Test
    fun strength_is_what_the_hardware_says_and_leaves_no_key() {
        assertEquals(KeystoreStrength.HMAC_HARDWARE, vault.strength())
        hardware.level = SecurityLevel.SOFTWARE
        assertEquals(KeystoreStrength.SOFTWARE, vault.strength())
        assertTrue(hardware.keys.isEmpty())
    }

    @Test
    fun each_failure_has_its_word_and_doubt_is_not_now() {
        vault.create("k", KeyPurpose.PRF)
        val words = mapOf(
            KeyPermanentlyInvalidatedException() to KeystoreException.PermanentlyGone::class,
            ProviderException(KeyPermanentlyInvalidatedException()) to KeystoreException.PermanentlyGone::class,
            UserNotAuthenticatedException() to KeystoreException.NeedsAuth::class,
            ProviderException(UserNotAuthenticatedException()) to KeystoreException.NeedsAuth::class,
            InvalidKeyException("x") to KeystoreException.NotNow::class,
            KeyStoreException("x") to KeystoreException.NotNow::class,
            ProviderException("x") to KeystoreException.NotNow::class,
            IllegalStateException("x") to KeystoreException.NotNow::class,
        )
        words.forEach { (thrown, word) ->
            hardware.before = { throw thrown }
            val calls = listOf<() -> Any>(
                { vault.prf("k", ByteArray(32)) }, { vault.exists("k") }, { vault.delete("k") }, { vault.seal("k", ByteArray(1)) }, { vault.sign("k", ByteArray(1)) },
            )
            calls.forEach { assertEquals(word, assertThrows(KeystoreException::class.java) { it() }::class) }
        }
    }

    @Test
    fun a_key_that_is_missing_is_gone_and_is_not_made_again() {
        assertThrows(KeystoreException.PermanentlyGone::class.java) { vault.prf("k", ByteArray(32)) }
        assertThrows(KeystoreException.PermanentlyGone::class.java) { vault.open("k", ByteArray(40)) }
        assertThrows(KeystoreException.PermanentlyGone::class.java) { vault.sign("k", ByteArray(1)) }
        assertThrows(KeystoreException.PermanentlyGone::class.java) { vault.publicKey("k") }
        assertFalse(vault.exists("k"))
        assertTrue(hardware.specs.isEmpty())
    }

    @Test
    fun a_blob_that_was_changed_is_refused() {
        vault.create("k", KeyPurpose.SEAL)
        val sealed = vault.seal("k", ByteArray(40) { it.toByte() })
        for (at in sealed.indices) {
            val changed = sealed.clone().also { it[at] = (it[at].toInt() xor 1).toByte() }
            assertThrows(KeystoreException.Unsupported::class.java) { vault.open("k", changed) }
        }
        for (size in 0..27) assertThrows(KeystoreException.Unsupported::class.java) { vault.open("k", sealed.copyOf(size)) }
    }

    @Test
    fun signatures_are_fixed_and_verify() {
        vault.create("k", KeyPurpose.SIGN)
        val public = (hardware.keys["k"] as KeyPair).public
        // Often enough that a number with leading zeros comes by.
        repeat(600) { round ->
            val message = "message $round".toByteArray()
            val signature = vault.sign("k", message)
            assertEquals(64, signature.size)
            Signature.getInstance("SHA256withECDSAinP1363Format").run {
                initVerify(public)
                update(message)
                assertTrue(verify(signature))
            }
        }
        val point = vault.publicKey("k")
        assertEquals(65 to 4.toByte(), point.size to point[0])
        assertEquals((public as java.security.interfaces.ECPublicKey).w.affineX, BigInteger(1, point.copyOfRange(1, 33)))
    }

    @Test
    fun a_finger_releases_one_opening() {
        val alias = "w.biometry"
        vault.create(alias, KeyPurpose.SEAL_WITH_BIOMETRY)
        val sealed = vault.seal(alias, ByteArray(32) { 7 })
        assertThrows(KeystoreException.NeedsAuth::class.java) { vault.open(alias, sealed) }
        val told = ArrayList<FingerOutcome>()
        FingerPrompt(vault) { cipher, _, done -> done(cipher, FingerOutcome.RELEASED) }.ask("w", CancellationSignal(), told::add)
        assertEquals(listOf(FingerOutcome.RELEASED), told)
        assertArrayEquals(ByteArray(32) { 7 }, vault.open(alias, sealed))
        assertThrows(KeystoreException.NeedsAuth::class.java) { vault.open(alias, sealed) }
    }

    @Test
    fun a_finger_that_was_refused_releases_nothing() {
        val alias = "w.biometry"
        vault.create(alias, KeyPurpose.SEAL_WITH_BIOMETRY)
        val sealed = vault.seal(alias, ByteArray(32))
        for (outcome in FingerOutcome.entries - FingerOutcome.RELEASED) {
            var told: FingerOutcome? = null
            FingerPrompt(vault) { cipher, _, done -> done(cipher, outcome) }.ask("w", CancellationSignal()) { told = it }
            assertEquals(outcome, told)
            assertThrows(KeystoreException.NeedsAuth::class.java) { vault.open(alias, sealed) }
        }
    }

    @Test
    fun new_fingers_on_the_phone_are_told_without_a_prompt() {
        vault.create("w.biometry", KeyPurpose.SEAL_WITH_BIOMETRY)
        hardware.before = { throw KeyPermanentlyInvalidatedException() }
        var told: FingerOutcome? = null
        FingerPrompt(vault) { _, _, _ -> error("prompted") }.ask("w", CancellationSignal()) { told = it }
        assertEquals(FingerOutcome.GONE, told)
    }
}
