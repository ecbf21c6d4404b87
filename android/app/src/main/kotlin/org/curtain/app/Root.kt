package org.curtain.app

import android.graphics.BitmapFactory
import android.provider.Settings
import android.text.InputType
import android.view.inputmethod.EditorInfo
import androidx.compose.foundation.layout.WindowInsets
import androidx.compose.foundation.layout.asPaddingValues
import androidx.compose.foundation.layout.ime
import androidx.compose.foundation.layout.safeDrawing
import androidx.compose.runtime.Composable
import androidx.compose.runtime.remember
import androidx.compose.ui.ExperimentalComposeUiApi
import androidx.compose.ui.graphics.asImageBitmap
import androidx.compose.ui.hapticfeedback.HapticFeedbackType
import androidx.compose.ui.platform.InterceptPlatformTextInput
import androidx.compose.ui.platform.LocalConfiguration
import androidx.compose.ui.platform.LocalContext
import androidx.compose.ui.platform.LocalHapticFeedback
import org.curtain.kit.device.PhoneShell
import org.curtain.ui.CurtainRoot
import org.curtain.ui.Moments
import org.curtain.ui.Words
import org.curtain.ui.theme.CurtainTheme
import org.curtain.ui.theme.Edges
import org.curtain.ui.theme.Haptic

/** The window's frame: language, theme, bars, cut-outs, keyboard, motion and haptics as the system has them. */
@Composable
fun Root(phone: PhoneShell) {
    val language = LocalConfiguration.current.locales[0].language
    val words = remember(language) { Words.of(language) }
    val bars = WindowInsets.safeDrawing.asPaddingValues()
    val keyboard = WindowInsets.ime.asPaddingValues().calculateBottomPadding()
    val resolver = LocalContext.current.contentResolver
    val still = remember { Settings.Global.getFloat(resolver, Settings.Global.ANIMATOR_DURATION_SCALE, 1f) == 0f }
    val touch = LocalHapticFeedback.current
    CurtainTheme(
        words,
        remember(words) { Moments(words) },
        edges = Edges(bars.calculateTopPadding(), bars.calculateBottomPadding(), keyboard),
        reducedMotion = still,
        haptics = { haptic ->
            if (phone.device.haptics) when (haptic) {
                Haptic.NONE -> Unit
                Haptic.TICK -> touch.performHapticFeedback(HapticFeedbackType.SegmentTick)
                Haptic.LIGHT -> touch.performHapticFeedback(HapticFeedbackType.Confirm)
            }
        },
    ) {
        WithoutLearning { CurtainRoot(phone.shell) { BitmapFactory.decodeByteArray(it, 0, it.size)?.asImageBitmap() } }
    }
}

/** Whatever is typed in [content], the keyboard is asked to learn nothing of it and to suggest nothing. It may not obey. */
@OptIn(ExperimentalComposeUiApi::class)
@Composable
internal fun WithoutLearning(content: @Composable () -> Unit) = InterceptPlatformTextInput(
    interceptor = { request, next ->
        next.startInputMethod { attributes ->
            request.createInputConnection(attributes).also {
                attributes.imeOptions = attributes.imeOptions or EditorInfo.IME_FLAG_NO_PERSONALIZED_LEARNING
                if (attributes.inputType and InputType.TYPE_MASK_CLASS == InputType.TYPE_CLASS_TEXT) {
                    attributes.inputType = attributes.inputType or InputType.TYPE_TEXT_FLAG_NO_SUGGESTIONS
                }
            }
        }
    },
    content = content,
)
