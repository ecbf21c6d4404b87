package org.curtain.kit.device

import android.content.Context
import android.hardware.biometrics.BiometricManager
import android.hardware.biometrics.BiometricPrompt
import android.os.Build
import android.os.CancellationSignal
import javax.crypto.Cipher
import org.curtain.core.KeystoreException

/** What came of the system's prompt. */
enum class FingerOutcome {
    /** Released: call `Curtain.unlockWithBiometry` now, off the main thread. */
    RELEASED,

    /** Given up, or the passcode was chosen. */
    LEFT,

    /** Refused too often: tell `Curtain.biometryFailed`, ask for the passcode. */
    REFUSED,

    /** Biometrics were enrolled anew: the key is gone for good; the passcode opens, and biometrics may be turned on again. */
    GONE,

    /** Not at the moment. */
    NOT_NOW,
}

/** The system's dialog over a cipher: a seam for tests. */
fun interface BiometricDialog {
    /** Shows it; [done] is told once, with the released cipher or the outcome. */
    fun show(cipher: Cipher, cancel: CancellationSignal, done: (Cipher?, FingerOutcome) -> Unit)
}

/**
 * A finger or a face for one workspace, bound to the key: see [KeystoreVault] for the order.
 */
class FingerPrompt(private val vault: KeystoreVault, private val dialog: BiometricDialog) {
    /** Prompts; [done] is told once. The alias is the core's: the workspace's id and `.biometry`. */
    fun ask(workspace: String, cancel: CancellationSignal, done: (FingerOutcome) -> Unit) {
        val alias = "$workspace.biometry"
        val cipher = try {
            vault.beginBiometry(alias)
        } catch (_: KeystoreException.PermanentlyGone) {
            return done(FingerOutcome.GONE)
        } catch (_: KeystoreException) {
            return done(FingerOutcome.NOT_NOW)
        }
        dialog.show(cipher, cancel) { released, outcome ->
            if (outcome == FingerOutcome.RELEASED && released != null) {
                vault.authorised(alias, released)
                done(FingerOutcome.RELEASED)
            } else {
                done(if (outcome == FingerOutcome.RELEASED) FingerOutcome.NOT_NOW else outcome)
            }
        }
    }
}

/** The framework's `BiometricPrompt`: a strong biometric; the negative button means "passcode"; [failed] at each finger that did not match. */
class SystemDialog(
    private val context: Context,
    private val title: String,
    private val passcode: String,
    private val failed: () -> Unit = {},
) : BiometricDialog {
    override fun show(cipher: Cipher, cancel: CancellationSignal, done: (Cipher?, FingerOutcome) -> Unit) {
        val prompt = BiometricPrompt.Builder(context).setTitle(title)
            .setNegativeButton(passcode, context.mainExecutor) { _, _ -> done(null, FingerOutcome.LEFT) }
        if (Build.VERSION.SDK_INT >= Build.VERSION_CODES.R) prompt.setAllowedAuthenticators(BiometricManager.Authenticators.BIOMETRIC_STRONG)
        prompt.build().authenticate(
            BiometricPrompt.CryptoObject(cipher),
            cancel,
            context.mainExecutor,
            object : BiometricPrompt.AuthenticationCallback() {
                override fun onAuthenticationSucceeded(result: BiometricPrompt.AuthenticationResult) =
                    done(result.cryptoObject?.cipher, FingerOutcome.RELEASED)

                override fun onAuthenticationFailed() = failed()

                override fun onAuthenticationError(code: Int, words: CharSequence?) = done(null, outcome(code))
            },
        )
    }

    internal companion object {
        fun outcome(code: Int): FingerOutcome = when (code) {
            BiometricPrompt.BIOMETRIC_ERROR_LOCKOUT, BiometricPrompt.BIOMETRIC_ERROR_LOCKOUT_PERMANENT -> FingerOutcome.REFUSED
            BiometricPrompt.BIOMETRIC_ERROR_USER_CANCELED, BiometricPrompt.BIOMETRIC_ERROR_CANCELED, BiometricPrompt.BIOMETRIC_ERROR_TIMEOUT -> FingerOutcome.LEFT
            else -> FingerOutcome.NOT_NOW
        }
    }
}
