package org.curtain.app

import androidx.compose.foundation.background
import androidx.compose.foundation.layout.Box
import androidx.compose.foundation.layout.fillMaxSize
import androidx.compose.foundation.layout.safeDrawingPadding
import androidx.compose.material3.MaterialTheme
import androidx.compose.material3.Text
import androidx.compose.runtime.Composable
import androidx.compose.ui.Alignment
import androidx.compose.ui.Modifier
import androidx.compose.ui.res.stringResource

/** The window's frame: the page's ground to every edge, the content inside the bars and cut-outs. */
@Composable
fun Root(content: @Composable () -> Unit = { Text(stringResource(R.string.app_name)) }) = MaterialTheme {
    Box(Modifier.fillMaxSize().background(MaterialTheme.colorScheme.background).safeDrawingPadding(), Alignment.Center) { content() }
}
